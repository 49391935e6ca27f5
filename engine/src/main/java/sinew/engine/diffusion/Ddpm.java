package sinew.engine.diffusion;

import static sinew.engine.diffusion.CleanSample.squareRoot;

import sinew.engine.policy.SchedulerSpec;
import sinew.kernels.DenoisingRule;

/// Ancestral sampling with the posterior's own variance (`fixed_small`); the step at 0 adds no noise.
final class Ddpm extends StepwiseScheduler {
    private static final float SMALLEST_VARIANCE = 1e-20f;

    private final float[] cleanWeight; // [steps]
    private final float[] sampleWeight; // [steps]
    private final float[] deviation; // [steps]

    Ddpm(SchedulerSpec spec, TimestepSpacing spacing) {
        super(spec, spacing.timesteps(spec.numTrainTimesteps(), spec.numInferenceSteps()));
        int steps = timesteps.length;
        cleanWeight = new float[steps];
        sampleWeight = new float[steps];
        deviation = new float[steps];
        for (int i = 0; i < steps; i++) {
            float now = product[timesteps[i]];
            float next = i + 1 < steps ? product[timesteps[i + 1]] : 1f;
            float ratio = now / next;
            cleanWeight[i] = squareRoot(next) * (1 - ratio) / (1 - now);
            sampleWeight[i] = squareRoot(ratio) * (1 - next) / (1 - now);
            deviation[i] = squareRoot(Math.max((1 - next) / (1 - now) * (1 - ratio), SMALLEST_VARIANCE));
        }
    }

    @Override
    public boolean drawsNoise(int index) {
        return timesteps[index] > 0;
    }

    @Override
    public DenoisingRule rule(int index) {
        return rule(index, cleanWeight[index], sampleWeight[index], 0, 0, drawsNoise(index) ? deviation[index] : 0);
    }

    @Override
    public void step(int index, float[] output, float[] sample, float[] fresh, float[] memory, int count) {
        boolean draws = drawsNoise(index);
        for (int i = 0; i < count; i++) {
            float clean = CleanSample.estimate(type, output[i], sample[i], signal[index], noise[index]);
            clean = Math.clamp(clean, -limit, limit);
            float mean = cleanWeight[index] * clean + sampleWeight[index] * sample[i];
            sample[i] = draws ? mean + deviation[index] * fresh[i] : mean;
        }
    }
}
