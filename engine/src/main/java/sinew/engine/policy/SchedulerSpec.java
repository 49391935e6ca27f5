package sinew.engine.policy;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

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

    /// The same noise schedule, sampled as `options` say.
    public SchedulerSpec sampledBy(SamplingOptions options) {
        return new SchedulerSpec(
                options.scheduler() == null ? kind : options.scheduler(),
                numTrainTimesteps,
                betaSchedule,
                betaStart,
                betaEnd,
                predictionType,
                clipSample,
                clipSampleRange,
                options.steps() == null ? numInferenceSteps : options.steps());
    }

    public enum Kind {
        DDPM("ddpm"),
        DDIM("ddim"),
        /// DPM-Solver++(2M). No checkpoint of LeRobot names it: it is chosen at run time, to get along with fewer steps.
        DPM_SOLVER_PP("dpm++"),
        /// Flow matching by Euler's method.
        EULER("euler"),
        /// Flow matching by the classical Runge-Kutta method.
        RK4("rk4");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        /// What users call it: `ddpm`, `ddim`, `dpm++`, `euler`, `rk4`.
        public String word() {
            return word;
        }

        /// The words of all of them, in alphabetical order.
        public static List<String> words() {
            return Arrays.stream(values()).map(Kind::word).sorted().toList();
        }

        /// The kind that users call so, in either case and with the sign spelt out if they like, or null.
        public static Kind of(String word) {
            String asked = word.toLowerCase(Locale.ROOT).replace("pp", "++");
            return Arrays.stream(values()).filter(kind -> kind.word.equals(asked)).findFirst().orElse(null);
        }

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
        /// DDPM only: diffusers has none for the others.
        SIGMOID
    }

    public enum PredictionType {
        EPSILON,
        SAMPLE,
        V_PREDICTION
    }
}
