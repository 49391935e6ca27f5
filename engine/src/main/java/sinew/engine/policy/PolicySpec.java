package sinew.engine.policy;

import java.util.List;

/// Everything that a checkpoint's config says and inference needs. One record per policy family.
public sealed interface PolicySpec permits DiffusionSpec {
    /// LeRobot's `type` field: `diffusion`.
    String type();

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

    /// The cameras among the inputs, in config order.
    default List<Feature> cameras() {
        return inputs().stream().filter(f -> f.type() == FeatureType.VISUAL).toList();
    }
}
