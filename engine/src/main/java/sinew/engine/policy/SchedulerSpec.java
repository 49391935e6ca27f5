package sinew.engine.policy;

/// The noise schedule and sampler, in diffusers' words.
///
/// @param numInferenceSteps steps of a prediction (the training steps where the config has null)
public record SchedulerSpec(
        Kind kind,
        int numTrainTimesteps,
        BetaSchedule betaSchedule,
        double betaStart,
        double betaEnd,
        PredictionType predictionType,
        boolean clipSample,
        double clipSampleRange,
        int numInferenceSteps) {

    public enum Kind {
        DDPM,
        DDIM,
        /// Flow matching by Euler's method.
        EULER,
        /// Flow matching by the classical Runge-Kutta method.
        RK4;

        /// Whether the network says velocities, and the noise schedule means nothing.
        public boolean isFlow() {
            return this == EULER || this == RK4;
        }
    }

    /// The most steps of flow matching, whose training knows no steps.
    public static final int MOST_FLOW_STEPS = 1000;

    /// Flow matching in so many steps.
    public static SchedulerSpec flow(Kind kind, int steps) {
        return new SchedulerSpec(kind, MOST_FLOW_STEPS, BetaSchedule.LINEAR, 0, 0, PredictionType.SAMPLE, false, 1, steps);
    }

    public enum BetaSchedule {
        LINEAR,
        SCALED_LINEAR,
        SQUAREDCOS_CAP_V2,
        /// DDPM only: diffusers has none for DDIM.
        SIGMOID
    }

    public enum PredictionType {
        EPSILON,
        SAMPLE,
        V_PREDICTION
    }
}
