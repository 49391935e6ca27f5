package sinew.bench.machine;

import java.util.Arrays;

/// How fast something went over several passes, in units per second.
public record Rate(double median, double best) {
    /// @param units done in each pass
    /// @param nanos of the passes; at least one
    static Rate of(double units, long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return new Rate(units * 1e9 / sorted[sorted.length / 2], units * 1e9 / sorted[0]);
    }
}
