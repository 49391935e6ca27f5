package sinew.runtime.control;

/// Steps per second over the last steps.
final class RateMeter {
    private static final int WINDOW = 32;

    private final long[] times = new long[WINDOW]; // nanoseconds, a ring
    private int count;

    void clear() {
        count = 0;
    }

    /// A step happened; returns the rate in Hz over at most the last 31 intervals, NaN at the first step.
    double tick(long nanos) {
        times[count++ % WINDOW] = nanos;
        int intervals = Math.min(count, WINDOW) - 1;
        long span = nanos - times[(count - 1 - intervals) % WINDOW];
        return intervals == 0 || span <= 0 ? Double.NaN : intervals * 1e9 / span;
    }
}
