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
        DDIM
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
