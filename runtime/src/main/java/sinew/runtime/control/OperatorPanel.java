package sinew.runtime.control;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The operator's Stop and Reset, between the threads of the monitor and the control loop. Thread-safe.
///
/// Reset is latched: pressed during an episode, it lets the next wait pass at once. Stop wakes the loop
/// immediately, also out of a prediction that has not come back; when two people press it, the first
/// verdict stands. A stop pressed between episodes is forgotten by the reset.
public final class OperatorPanel {
    /// What the operator is shown.
    ///
    /// @param waitingReset  the loop waits for Reset before it starts an episode
    /// @param stopRequested Stop was pressed and the loop has not seen it yet
    /// @param stopped       the episode was ended by the operator and the next has not begun
    public record Status(boolean waitingReset, boolean stopRequested, boolean stopped) {}

    /// The operator's verdict on the episode that was stopped: true, false, or null for none.
    public record Stop(Boolean success) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean waitingReset = true;
    private boolean stopped;
    private boolean resetLatched;
    private Stop pending;
    private Runnable wakeLoop = () -> {};

    /// The operator ends the episode.
    ///
    /// @param success the verdict, or null for none
    public void stop(Boolean success) {
        lock.lock();
        try {
            if (pending == null) {
                pending = new Stop(success);
            }
            wakeLoop.run();
        } finally {
            lock.unlock();
        }
    }

    /// The operator lets the next episode begin.
    public void reset() {
        lock.lock();
        try {
            waitingReset = false;
            resetLatched = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    public Status status() {
        lock.lock();
        try {
            return new Status(waitingReset, pending != null, stopped);
        } finally {
            lock.unlock();
        }
    }

    /// The loop's side: `wake` is run on the operator's thread when Stop is pressed; it must only wake.
    void onStop(Runnable wake) {
        lock.lock();
        try {
            wakeLoop = wake;
        } finally {
            lock.unlock();
        }
    }

    /// The loop's side: the next wait asks for Reset, unless it was pressed already.
    void requireReset() {
        lock.lock();
        try {
            waitingReset = !resetLatched;
        } finally {
            lock.unlock();
        }
    }

    /// The loop's side: waits for Reset at most this long.
    ///
    /// @return whether Reset was pressed
    boolean awaitReset(long timeoutMs) {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
            while (!resetLatched && left > 0) {
                left = changed.awaitNanos(left);
            }
            return resetLatched;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return resetLatched;
        } finally {
            lock.unlock();
        }
    }

    /// The loop's side: an episode begins, what was pressed before is forgotten.
    void beginEpisode() {
        lock.lock();
        try {
            resetLatched = false;
            waitingReset = false;
            stopped = false;
            pending = null;
        } finally {
            lock.unlock();
        }
    }

    /// The loop's side: has Stop been pressed? Leaves the request for [#takeStop].
    boolean stopRequested() {
        lock.lock();
        try {
            return pending != null;
        } finally {
            lock.unlock();
        }
    }

    /// The loop's side: the operator's stop, or null when there was none. Taking it marks the episode as stopped.
    Stop takeStop() {
        lock.lock();
        try {
            Stop stop = pending;
            if (stop != null) {
                pending = null;
                stopped = true;
            }
            return stop;
        } finally {
            lock.unlock();
        }
    }
}
