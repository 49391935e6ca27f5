package sinew.runtime.compare;

import java.util.List;
import sinew.engine.compare.ChunkDeviation;
import sinew.engine.policy.ValueRange;
import sinew.kernels.WeightType;

/// How far the actions of one way of predicting are from those of others, and what each costs.
///
/// @param observations where the observations came from: a data set's folder, or null for synthetic ones
/// @param moments      how many observations were predicted from
/// @param seeds        predictions from each
/// @param joints       names of an action's values
/// @param range        what the training data ranged over, or null when the checkpoint does not say
/// @param policy       the one that is judged
/// @param against      the others
/// @param spread       how far the judged policy's own actions at one observation are apart when only the noise differs,
///                     in robot units; null where each observation was predicted from once
public record ComparisonReport(
        String observations,
        int moments,
        int seeds,
        List<String> joints,
        ValueRange range,
        Side policy,
        List<Side> against,
        ChunkDeviation spread) {
    public ComparisonReport {
        joints = List.copyOf(joints);
        against = List.copyOf(against);
    }

    /// One way of predicting.
    ///
    /// @param scheduler the sampler's name
    /// @param type      the smallest weight type in its file
    /// @param bytes     of that file
    /// @param millis    of a prediction, all of whose pictures are new: the median
    /// @param deviation of the judged policy's actions from its, in robot units; null for that policy itself
    public record Side(
            String scheduler, int steps, WeightType type, long bytes, double millis,
            ChunkDeviation deviation) {}

    /// The largest deviation of any joint from any of the others, in robot units.
    public double worst(TypeReport.Figure figure) {
        double worst = 0;
        for (Side side : against) {
            worst = Math.max(worst, figure.of(side.deviation().worst()));
        }
        return worst;
    }
}
