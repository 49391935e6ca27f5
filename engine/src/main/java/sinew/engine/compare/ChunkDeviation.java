package sinew.engine.compare;

import java.util.Arrays;
import java.util.List;

/// How far the actions of two contenders are apart, in robot units.
///
/// @param joints      one per value of an action, in its order
/// @param predictions how many predictions of each were compared
/// @param values      how many values of each joint: predictions * n_action_steps
public record ChunkDeviation(List<Spread> joints, int predictions, int values) {
    public ChunkDeviation {
        joints = List.copyOf(joints);
    }

    /// Absolute differences of one joint.
    ///
    /// @param p99 not exceeded by 99% of them: the largest, where there are fewer than 100
    public record Spread(double median, double p99, double max) {
        /// @param differences in any order
        static Spread of(double[] differences) {
            double[] sorted = differences.clone();
            Arrays.sort(sorted);
            return new Spread(rank(sorted, 0.5), rank(sorted, 0.99), sorted[sorted.length - 1]);
        }

        /// The smallest value that at least this share of all values does not exceed.
        private static double rank(double[] sorted, double share) {
            return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
        }
    }

    /// The largest of each figure over the joints.
    public Spread worst() {
        double median = 0;
        double p99 = 0;
        double max = 0;
        for (Spread joint : joints) {
            median = Math.max(median, joint.median());
            p99 = Math.max(p99, joint.p99());
            max = Math.max(max, joint.max());
        }
        return new Spread(median, p99, max);
    }
}
