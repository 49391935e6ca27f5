package sinew.runtime.env;

import java.util.concurrent.locks.LockSupport;

/// Keeps an environment's control rate, and measures how well. Ticks are counted from the first step on a fixed grid, so
/// that a late one does not delay those after it; after a pause of more than two periods the grid begins anew, so that
/// nobody rushes to catch up. Belongs to one thread.
public final class Pacer {
    private final long periodNanos;
    private boolean begun;
    private long due;
    private long ticks;
    private long late;
    private long idle;
    private long worstNanos;
    private double sum; // of lateness, in ns
    private double squares;
    private long pauses;
    private long pausedNanos;

    /// @param hz steps per second; 0 for as fast as it goes
    public Pacer(double hz) {
        periodNanos = hz == 0 ? 0 : Math.round(1e9 / hz);
    }

    /// Length of a step; 0 when nothing is waited for.
    public long periodNanos() {
        return periodNanos;
    }

    /// An episode begins: the next step is the first.
    public void restart() {
        begun = false;
        ticks = 0;
        late = 0;
        idle = 0;
        worstNanos = 0;
        sum = 0;
        squares = 0;
        pauses = 0;
        pausedNanos = 0;
    }

    /// A step begins.
    ///
    /// @return how late it is, in nanoseconds; 0 or less when it is in time
    public long begin() {
        if (periodNanos == 0) {
            return 0;
        }
        long now = System.nanoTime();
        if (!begun) {
            begun = true;
            due = now;
        }
        long lateness = now - due;
        if (lateness > 2 * periodNanos) {
            due = now;
            pauses++;
            pausedNanos += lateness;
        } else {
            double counted = Math.max(0, lateness);
            sum += counted;
            squares += counted * counted;
            worstNanos = Math.max(worstNanos, lateness);
        }
        late += lateness > periodNanos / 2 ? 1 : 0;
        idle += Math.max(0, lateness) / periodNanos;
        ticks++;
        due += periodNanos;
        return lateness;
    }

    /// Waits until the step that has begun is over.
    public void await() {
        if (periodNanos == 0) {
            return;
        }
        // may return early, e.g. when the operator presses Stop
        for (long left = due - System.nanoTime();
                left > 0 && !Thread.currentThread().isInterrupted();
                left = due - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /// What was measured since the last [#restart], or null when nothing is waited for.
    public Ticks ticks() {
        if (periodNanos == 0) {
            return null;
        }
        long counted = ticks - pauses;
        double mean = counted == 0 ? 0 : sum / counted;
        double variance = counted == 0 ? 0 : Math.max(0, squares / counted - mean * mean);
        return new Ticks(ticks, late, idle, worstNanos * 1e-6, mean * 1e-6, Math.sqrt(variance) * 1e-6, pauses,
                pausedNanos * 1e-6);
    }
}
