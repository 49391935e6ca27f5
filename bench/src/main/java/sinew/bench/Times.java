package sinew.bench;

import java.util.Arrays;

/// Times of some runs in milliseconds.
record Times(double median, double min) {
    /// @param nanos at least one
    static Times of(long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return new Times(sorted[sorted.length / 2] / 1e6, sorted[0] / 1e6);
    }
}
