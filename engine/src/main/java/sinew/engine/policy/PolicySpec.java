package sinew.engine.policy;

import java.util.List;
import java.util.Map;
import java.util.Set;

/// Everything that a checkpoint's config says and inference needs. One record per policy family.
public sealed interface PolicySpec permits DiffusionSpec, ActSpec {
    /// LeRobot's `type` field: `diffusion`, `act`; `diffusion_policy` for policies of that project.
    String type();

    /// LeRobot's class, by which its server names the policy to clients: `DiffusionPolicy`, `ACTPolicy`. The
    /// type where the policy is not LeRobot's.
    String lerobotClass();

    /// Input features in the order of the config: that order decides the layout of the condition.
    List<Feature> inputs();

    /// The action feature, shape [A].
    Feature action();

    /// Observations per prediction.
    int nObsSteps();

    /// Rows that the network predicts.
    int horizon();

    /// Columns that the network predicts: the action's, and in some policies others beside them.
    default int sampleDim() {
        return action().size();
    }

    /// Rows of a prediction that are executed: the length of an action chunk.
    int nActionSteps();

    /// How each feature was normalised, by feature name; absent means identity.
    Map<String, NormalizationMode> normalization();

    /// How a chunk is sampled.
    ///
    /// @throws IllegalArgumentException when the policy cannot be sampled so
    SamplerSpec sampler(SamplingOptions options);

    /// What else there is to tell people, by a short heading, in reading order.
    default Map<String, String> details() {
        return Map.of();
    }

    /// What of a trace is the answer itself and is written whether or not intermediates are asked for, by the names of
    /// the family's reference recordings. Empty where the executed rows under `action_chunk` are all there is.
    default Set<String> results() {
        return Set.of();
    }

    /// The cameras among the inputs, in config order.
    default List<Feature> cameras() {
        return inputs().stream().filter(f -> f.type() == FeatureType.VISUAL).toList();
    }
}
