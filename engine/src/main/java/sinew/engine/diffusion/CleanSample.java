package sinew.engine.diffusion;

import sinew.engine.policy.SchedulerSpec;

/// What a network's output says about the clean sample, for each prediction type.
final class CleanSample {
    private CleanSample() {}

    /// The largest magnitude that a clean sample may have.
    static float limit(SchedulerSpec spec) {
        return spec.clipSample() ? (float) spec.clipSampleRange() : Float.POSITIVE_INFINITY;
    }

    /// @param signal square root of what is left of the signal
    /// @param noise  square root of the noise's share
    static float estimate(SchedulerSpec.PredictionType type, float output, float sample, float signal, float noise) {
        return switch (type) {
            case EPSILON -> (sample - noise * output) / signal;
            case SAMPLE -> output;
            case V_PREDICTION -> signal * sample - noise * output;
        };
    }

    static float squareRoot(float x) {
        return (float) Math.sqrt(x);
    }
}
