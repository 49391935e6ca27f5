package sinew.engine.policy;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/// LeRobot's `diffusion` policy: a ResNet encoder and a conditional 1-D UNet (Chi et al. 2023).
///
/// @param normalization how each feature was normalised, by feature name; absent means identity
/// @param vision        null when the policy has no camera
public record DiffusionSpec(
        List<Feature> inputs,
        Feature action,
        int nObsSteps,
        int horizon,
        int nActionSteps,
        Map<String, NormalizationMode> normalization,
        VisionSpec vision,
        UnetSpec unet,
        SchedulerSpec scheduler)
        implements PolicySpec {

    public DiffusionSpec {
        inputs = List.copyOf(inputs);
        normalization = Map.copyOf(normalization);
    }

    @Override
    public String type() {
        return "diffusion";
    }

    @Override
    public String lerobotClass() {
        return "DiffusionPolicy";
    }

    @Override
    public SamplerSpec sampler(SamplingOptions options) {
        SchedulerSpec.Kind kind = options.scheduler() == null ? scheduler.kind() : options.scheduler();
        int steps = options.steps() == null ? scheduler.numInferenceSteps() : options.steps();
        return new SamplerSpec(kind.name().toLowerCase(Locale.ROOT), steps);
    }

    /// Length of the condition of one observation step: state, encoder features, environment state.
    public int condPerStep() {
        int size = 0;
        for (Feature f : inputs) {
            size += f.type() == FeatureType.VISUAL ? 2 * vision.numKeypoints() : f.size();
        }
        return size;
    }
}
