package sinew.engine.diffusion;

import sinew.engine.policy.SchedulerSpec;

/// Ancestral sampling with the posterior's own variance (`fixed_small`); the step at 0 adds no noise.
final class Ddpm extends StepwiseScheduler {
    private static final float SMALLEST_VARIANCE = 1e-20f;

    Ddpm(SchedulerSpec spec, TimestepSpacing spacing) {
        super(spec, spacing.timesteps(spec.numTrainTimesteps(), spec.numInferenceSteps()));
        int steps = timesteps.length;
        for (int i = 0; i < steps; i++) {
            float now = product[timesteps[i]];
            float next = i + 1 < steps ? product[timesteps[i + 1]] : 1f;
            float ratio = now / next;
            float clean = squareRoot(next) * (1 - ratio) / (1 - now);
            float sample = squareRoot(ratio) * (1 - next) / (1 - now);
            float deviation = squareRoot(Math.max((1 - next) / (1 - now) * (1 - ratio), SMALLEST_VARIANCE));
            define(i, clean, sample, 0, 0, drawsNoise(i) ? deviation : 0);
        }
    }

    @Override
    public boolean drawsNoise(int index) {
        return timesteps[index] > 0;
    }
}
