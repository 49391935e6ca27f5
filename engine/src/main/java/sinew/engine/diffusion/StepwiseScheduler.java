package sinew.engine.diffusion;

import static sinew.engine.diffusion.CleanSample.squareRoot;

import sinew.engine.policy.SchedulerSpec;
import sinew.kernels.DenoisingRule;

/// What the samplers share that visit steps of a noise schedule: how much signal and noise a sample holds at each.
abstract sealed class StepwiseScheduler implements NoiseScheduler permits Ddpm, Ddim, DpmSolver {
    final SchedulerSpec.PredictionType type;
    final float limit; // of a clean sample
    final float[] product; // [training steps] alpha products
    final int[] timesteps; // [steps]
    final float[] signal; // [steps] sqrt(alpha product)
    final float[] noise; // [steps] sqrt(1 - alpha product)

    StepwiseScheduler(SchedulerSpec spec, int[] timesteps) {
        this.timesteps = timesteps;
        type = spec.predictionType();
        limit = CleanSample.limit(spec);
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

    /// A rule of this step's signal and noise; the weights as in [DenoisingRule].
    final DenoisingRule rule(int index, float clean, float sample, float epsilon, float earlier, float fresh) {
        DenoisingRule.Target target = switch (type) {
            case EPSILON -> DenoisingRule.Target.EPSILON;
            case SAMPLE -> DenoisingRule.Target.SAMPLE;
            case V_PREDICTION -> DenoisingRule.Target.V_PREDICTION;
        };
        return new DenoisingRule(target, limit, signal[index], noise[index], clean, sample, epsilon, earlier, fresh);
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
