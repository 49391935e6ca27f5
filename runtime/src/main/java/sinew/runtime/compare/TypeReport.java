package sinew.runtime.compare;

import java.util.List;
import sinew.engine.compare.ChunkDeviation;
import sinew.engine.policy.ValueRange;
import sinew.kernels.WeightType;

/// What a weight type costs and brings, compared with F32.
///
/// @param observations where the observations came from: a data set's folder, or null for synthetic ones
/// @param moments      how many observations were predicted from
/// @param seeds        predictions from each
/// @param scheduler    the sampler
/// @param steps        runs of the network for a prediction
/// @param joints       names of an action's values
/// @param range        what the training data ranged over, or null when the checkpoint does not say
/// @param deviation    of the action chunks, in robot units
/// @param file         sizes of the new file
/// @param f32          sizes of the same policy as F32
/// @param speed        null unless it was asked for
public record TypeReport(
        WeightType type,
        String observations,
        int moments,
        int seeds,
        String scheduler,
        int steps,
        List<String> joints,
        ValueRange range,
        ChunkDeviation deviation,
        Sizes file,
        Sizes f32,
        Speed speed) {

    /// @param bytes     of the whole file
    /// @param stepBytes of the weights that every denoising step reads
    public record Sizes(long bytes, long stepBytes) {}

    /// Milliseconds of a denoising step for one robot: sums of the medians of its kernel calls, the best of some rounds.
    public record Speed(double f32Millis, double millis) {}

    /// The figure of a deviation that a bound is for.
    public enum Figure {
        MEDIAN,
        P99,
        MAX;

        double of(ChunkDeviation.Spread spread) {
            return switch (this) {
                case MEDIAN -> spread.median();
                case P99 -> spread.p99();
                case MAX -> spread.max();
            };
        }

        /// In a sentence.
        public String words() {
            return switch (this) {
                case MEDIAN -> "the median";
                case P99 -> "the 99% figure";
                case MAX -> "the largest";
            };
        }
    }

    /// How many times fewer bytes of weights a step reads than with F32.
    public double fewerBytes() {
        return (double) f32.stepBytes() / file.stepBytes();
    }
}
