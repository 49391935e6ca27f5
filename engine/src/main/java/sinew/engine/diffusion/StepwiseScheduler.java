package sinew.engine.diffusion;

import sinew.engine.policy.SchedulerSpec;
import sinew.kernels.DenoisingRule;

/// What the samplers share that visit steps of a noise schedule: how much signal and noise a sample holds at each,
/// and that every step estimates the clean sample, clips it and mixes: a [DenoisingRule].
abstract sealed class StepwiseScheduler implements NoiseScheduler permits Ddpm, Ddim, DpmSolver {
    final float[] product; // [training steps] alpha products
    final int[] timesteps; // [steps]
    private final DenoisingRule.Target target;
    private final float limit; // largest magnitude of a clean sample
    private final float[] signal; // [steps] sqrt(alpha product)
    private final float[] noise; // [steps] sqrt(1 - alpha product)
    private final DenoisingRule[] rules; // [steps]

    StepwiseScheduler(SchedulerSpec spec, int[] timesteps) {
        this.timesteps = timesteps;
        target = switch (spec.predictionType()) {
            case EPSILON -> DenoisingRule.Target.EPSILON;
            case SAMPLE -> DenoisingRule.Target.SAMPLE;
            case V_PREDICTION -> DenoisingRule.Target.V_PREDICTION;
        };
        limit = spec.clipSample() ? (float) spec.clipSampleRange() : Float.POSITIVE_INFINITY;
        rules = new DenoisingRule[timesteps.length];
        product = NoiseSchedule.of(spec.betaSchedule(), spec.numTrainTimesteps(), spec.betaStart(), spec.betaEnd())
                .alphasCumprod();
        signal = new float[timesteps.length];
        noise = new float[timesteps.length];
        for (int i = 0; i < timesteps.length; i++) {
            signal[i] = squareRoot(product[timesteps[i]]);
            noise[i] = squareRoot(1 - product[timesteps[i]]);
        }
    }

    @Override
    public final float[] times() {
        float[] times = new float[timesteps.length];
        for (int i = 0; i < times.length; i++) {
            times[i] = timesteps[i];
        }
        return times;
    }

    @Override
    public final int steps() {
        return timesteps.length;
    }

    /// Says, from a sampler's constructor, what step `index` does; the weights as in [DenoisingRule].
    final void define(int index, float clean, float sample, float epsilon, float earlier, float fresh) {
        rules[index] =
                new DenoisingRule(target, limit, signal[index], noise[index], clean, sample, epsilon, earlier, fresh);
    }

    @Override
    public final DenoisingRule rule(int index) {
        return rules[index];
    }

    @Override
    public final void step(int index, float[] output, float[] sample, float[] fresh, float[] memory, int count) {
        DenoisingRule rule = rules[index];
        boolean keeps = room() > 0;
        for (int i = 0; i < count; i++) {
            float clean = rule.clean(output[i], sample[i]);
            float earlier = rule.earlierWeight() == 0 ? 0 : memory[i];
            float drawn = rule.freshWeight() == 0 ? 0 : fresh[i];
            sample[i] = rule.next(clean, output[i], sample[i], earlier, drawn);
            if (keeps) {
                memory[i] = clean;
            }
        }
    }

    static float squareRoot(float x) {
        return (float) Math.sqrt(x);
    }

    @Override
    public final float signal(int index) {
        return signal[index];
    }

    @Override
    public final float noise(int index) {
        return noise[index];
    }
}
