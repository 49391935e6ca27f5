package sinew.engine.policy;

import java.util.List;
import java.util.Map;
import java.util.Set;

/// A diffusion policy (Chi et al. 2023): a ResNet encoder for cameras, and a network that denoises actions. LeRobot's
/// `diffusion` or `multi_task_dit`, or one of diffusion_policy's own.
///
/// @param origin        whose policy it is
/// @param horizon       T, rows of a sample
/// @param actionStart   first row of a prediction that is executed
/// @param observations  how observations reach the network
/// @param normalization how each feature was normalised, by feature name; absent means identity
/// @param vision        null when the policy has no camera
/// @param text          null when the policy reads no instruction
public record DiffusionSpec(
        Origin origin,
        List<Feature> inputs,
        Feature action,
        int nObsSteps,
        int horizon,
        int nActionSteps,
        int actionStart,
        Observations observations,
        Map<String, NormalizationMode> normalization,
        VisionSpec vision,
        DenoiserSpec denoiser,
        SchedulerSpec scheduler,
        ClipTextSpec text)
        implements PolicySpec {

    /// Whose policy it is, which also says in which order the features of one observation step stand in the condition.
    public enum Origin {
        /// States, cameras, environment states.
        LEROBOT("diffusion"),
        /// Cameras, then vectors.
        DIFFUSION_POLICY("diffusion_policy"),
        /// States, cameras, the instruction: LeRobot's multi-task diffusion transformer.
        MULTI_TASK_DIT("multi_task_dit");

        private final String type;

        Origin(String type) {
            this.type = type;
        }

        /// The policy's type in a weights file.
        public String type() {
            return type;
        }
    }

    /// How observations reach the network.
    public enum Observations {
        /// As what the network is conditioned on.
        CONDITION,
        /// As columns of the sample behind the action's, of which the first n_obs_steps rows are given.
        INPAINTING
    }

    public DiffusionSpec {
        inputs = List.copyOf(inputs);
        normalization = Map.copyOf(normalization);
    }

    /// LeRobot's: actions are executed from the present on, that is row n_obs_steps - 1.
    public DiffusionSpec(
            List<Feature> inputs,
            Feature action,
            int nObsSteps,
            int horizon,
            int nActionSteps,
            Map<String, NormalizationMode> normalization,
            VisionSpec vision,
            UnetSpec unet,
            SchedulerSpec scheduler) {
        this(Origin.LEROBOT, inputs, action, nObsSteps, horizon, nActionSteps, nObsSteps - 1, Observations.CONDITION,
                normalization, vision, unet, scheduler);
    }

    /// A policy that reads no instruction.
    public DiffusionSpec(
            Origin origin,
            List<Feature> inputs,
            Feature action,
            int nObsSteps,
            int horizon,
            int nActionSteps,
            int actionStart,
            Observations observations,
            Map<String, NormalizationMode> normalization,
            VisionSpec vision,
            DenoiserSpec denoiser,
            SchedulerSpec scheduler) {
        this(origin, inputs, action, nObsSteps, horizon, nActionSteps, actionStart, observations, normalization, vision,
                denoiser, scheduler, null);
    }

    @Override
    public String type() {
        return origin.type();
    }

    /// The denoiser, or null when it is no UNet.
    public UnetSpec unet() {
        return denoiser instanceof UnetSpec unet ? unet : null;
    }

    @Override
    public String lerobotClass() {
        return switch (origin) {
            case LEROBOT -> "DiffusionPolicy";
            case MULTI_TASK_DIT -> "MultiTaskDiTPolicy";
            case DIFFUSION_POLICY -> type();
        };
    }

    @Override
    public Set<String> results() {
        return origin == Origin.MULTI_TASK_DIT
                ? Set.of("actions_full", "actions", "actions_unnormalized")
                : Set.of();
    }

    @Override
    public SamplerSpec sampler(SamplingOptions options) {
        SchedulerSpec used = scheduler.sampledBy(options);
        if (used.kind().isFlow() != scheduler.kind().isFlow()) {
            throw new IllegalArgumentException("the policy was trained for " + (scheduler.kind().isFlow()
                    ? "flow matching, which euler and rk4 sample" : "diffusion, which ddpm, ddim and dpm++ sample")
                    + ", not " + used.kind().word());
        }
        return new SamplerSpec(used.kind().word(), used.numInferenceSteps());
    }

    /// Length of one observation step: states, encoder features, environment states, the instruction's features.
    public int condPerStep() {
        int size = 0;
        for (Feature f : inputs) {
            size += switch (f.type()) {
                case VISUAL -> vision.featureSize();
                case LANGUAGE -> textSize();
                default -> f.size();
            };
        }
        return size;
    }

    /// Length of an instruction's features: as wide as the denoiser's tokens.
    public int textSize() {
        return text != null && denoiser instanceof DitSpec dit ? dit.width() : 0;
    }

    /// The feature that holds the instruction, or null.
    public Feature language() {
        return inputs.stream().filter(f -> f.type() == FeatureType.LANGUAGE).findFirst().orElse(null);
    }

    /// C, columns of a sample: the action's, then those of inpainted observations.
    @Override
    public int sampleDim() {
        return action.size() + (observations == Observations.INPAINTING ? condPerStep() : 0);
    }

    /// Length of the condition of one observation step, 0 when observations are inpainted.
    public int conditionDim() {
        return observations == Observations.CONDITION ? condPerStep() : 0;
    }
}
