package sinew.engine.diffusion;

import sinew.engine.policy.SchedulerSpec;

/// Deterministic sampling (eta 0) or a mixture with fresh noise. The direction back towards the noise comes from
/// the clean sample before clipping, and the last step lands on an alpha product of 1.
final class Ddim extends StepwiseScheduler {
    private final boolean draws;

    Ddim(SchedulerSpec spec, TimestepSpacing spacing, double eta) {
        super(spec, spacing.timesteps(spec.numTrainTimesteps(), spec.numInferenceSteps()));
        draws = eta > 0;
        int trainSteps = spec.numTrainTimesteps();
        int steps = timesteps.length;
        for (int i = 0; i < steps; i++) {
            // diffusers goes back by the whole-number ratio here, whatever the spacing.
            int previous = timesteps[i] - trainSteps / steps;
            float now = product[timesteps[i]];
            float next = previous >= 0 ? product[previous] : 1f;
            float variance = (1 - next) / (1 - now) * (1 - now / next);
            float deviation = (float) eta * squareRoot(variance);
            float direction = squareRoot(1 - next - deviation * deviation);
            define(i, squareRoot(next), 0, direction, 0, deviation);
        }
    }

    @Override
    public boolean drawsNoise(int index) {
        return draws;
    }
}
