package sinew.engine.policy;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A diffusion policy (Chi et al. 2023): a ResNet encoder for cameras, and a network that denoises actions. LeRobot's
/// `diffusion`, or one of diffusion_policy's own.
///
/// @param origin        whose policy it is
/// @param horizon       T, rows of a sample
/// @param actionStart   first row of a prediction that is executed
/// @param observations  how observations reach the network
/// @param normalization how each feature was normalised, by feature name; absent means identity
/// @param vision        null when the policy has no camera
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
        SchedulerSpec scheduler)
        implements PolicySpec {

    /// Whose policy it is, which also says in which order the features of one observation step stand in the condition.
    public enum Origin {
        /// States, cameras, environment states.
        LEROBOT("diffusion"),
        /// Cameras, then vectors.
        DIFFUSION_POLICY("diffusion_policy");

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
        return origin == Origin.LEROBOT ? "DiffusionPolicy" : type();
    }

    @Override
    public SamplerSpec sampler(SamplingOptions options) {
        SchedulerSpec.Kind kind = options.scheduler() == null ? scheduler.kind() : options.scheduler();
        int steps = options.steps() == null ? scheduler.numInferenceSteps() : options.steps();
        return new SamplerSpec(kind.name().toLowerCase(Locale.ROOT), steps);
    }

    /// Length of one observation step: states, encoder features, environment states.
    public int condPerStep() {
        int size = 0;
        for (Feature f : inputs) {
            size += f.type() == FeatureType.VISUAL ? vision.featureSize() : f.size();
        }
        return size;
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
