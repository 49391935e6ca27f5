package sinew.engine.inference;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import sinew.engine.policy.ActionChunk;

/// Brings predictions of several sessions into shared passes. A prediction joins those under way before their next
/// step and leaves them after its own last one, so nobody waits for a whole prediction of somebody else as long as
/// there is a free slot; who finds none waits in line.
///
/// There is no thread of the queue's own. A caller that finds no driver becomes it and runs the passes, for everyone,
/// until its own prediction is finished; then the oldest of the others goes on. All other callers sleep. The fair
/// lock `team` is held for one pass at a time, so that work of other kinds finds its turn in between.
final class PredictionQueue {
    static final String CLOSED = "the policy is closed";

    private final Passes passes;
    private final ReentrantLock team = new ReentrantLock(true);
    private final AtomicLongArray passCounts; // [maxBatch]
    private final BooleanSupplier wanted = () -> driver() != null;

    // Of whoever holds the team.
    private final Prediction[] slots; // [maxBatch] those under way, null where free
    private final Prediction[] chosen; // [maxBatch] those that a call is about
    private boolean released;

    // Guarded by this, readable without.
    private final ArrayDeque<Prediction> arrivals = new ArrayDeque<>(); // without a slot yet, oldest first
    private final ArrayDeque<Prediction> unfinished = new ArrayDeque<>(); // all of them, oldest first
    private volatile Prediction driver; // whose caller runs the passes; null only while nothing is unfinished
    private volatile boolean closed;

    PredictionQueue(Passes passes, int maxBatch) {
        this.passes = passes;
        slots = new Prediction[maxBatch];
        chosen = new Prediction[maxBatch];
        passCounts = new AtomicLongArray(maxBatch);
    }

    /// Takes a prediction that was started to its end.
    ///
    /// @throws IllegalStateException when the queue is closed, or the prediction failed
    ActionChunk predict(Prediction prediction) {
        arrive(prediction);
        boolean interrupted = false;
        while (!prediction.isFinished()) {
            if (driver == prediction) {
                pass();
            } else {
                LockSupport.park(this);
                // An interrupt would end every further park at once.
                interrupted |= Thread.interrupted();
            }
        }
        handOver(prediction);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return prediction.leave();
    }

    /// Runs something else that needs the workers, between two passes.
    <T> T alone(Supplier<T> work) {
        team.lock();
        try {
            requireOpen();
            return work.get();
        } finally {
            team.unlock();
        }
    }

    /// Runs something that may as well not run, if nobody else is there. It is given a way to ask whether somebody
    /// has come meanwhile.
    void aside(Consumer<BooleanSupplier> work) {
        if (driver != null || !team.tryLock()) {
            return;
        }
        try {
            if (!closed) {
                work.accept(wanted);
            }
        } finally {
            team.unlock();
        }
    }

    /// Number of passes so far that were shared by 1, 2, ... predictions: [maxBatch].
    long[] passCounts() {
        long[] counts = new long[passCounts.length()];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = passCounts.get(i);
        }
        return counts;
    }

    /// Refuses new predictions and those without a slot, waits for those under way, then runs `release`, once.
    void close(Runnable release) {
        awaitEnd();
        team.lock();
        try {
            if (!released) {
                released = true;
                release.run();
            }
        } finally {
            team.unlock();
        }
    }

    private synchronized void awaitEnd() {
        closed = true;
        for (Prediction refused = arrivals.poll(); refused != null; refused = arrivals.poll()) {
            refused.refuse();
            finish(refused);
        }
        boolean interrupted = false;
        while (driver != null) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private Prediction driver() {
        return driver;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(CLOSED);
        }
    }

    private synchronized void arrive(Prediction prediction) {
        requireOpen();
        prediction.enter(Thread.currentThread());
        arrivals.add(prediction);
        unfinished.add(prediction);
        if (driver == null) {
            driver = prediction;
        }
    }

    private synchronized void handOver(Prediction prediction) {
        if (driver == prediction) {
            driver = unfinished.peek();
            if (driver == null) {
                notifyAll();
            } else {
                LockSupport.unpark(driver.caller());
            }
        }
    }

    private synchronized void finish(Prediction prediction) {
        unfinished.remove(prediction);
        Thread caller = prediction.caller();
        prediction.finish();
        LockSupport.unpark(caller);
    }

    /// One step of everyone under way, newcomers included.
    private void pass() {
        team.lock();
        try {
            int count = admit();
            if (count > 0) {
                join(count);
                settle();
            }
            count = underWay();
            if (count > 0) {
                step(count);
                settle();
            }
        } finally {
            team.unlock();
        }
    }

    /// Gives free slots to those who wait in line and puts them into `chosen`.
    private synchronized int admit() {
        int count = 0;
        for (int slot = 0; slot < slots.length && !arrivals.isEmpty(); slot++) {
            if (slots[slot] == null) {
                Prediction prediction = arrivals.poll();
                prediction.slot = slot;
                slots[slot] = prediction;
                chosen[count++] = prediction;
            }
        }
        return count;
    }

    private int underWay() {
        int count = 0;
        for (Prediction prediction : slots) {
            if (prediction != null) {
                chosen[count++] = prediction;
            }
        }
        return count;
    }

    private void join(int count) {
        try {
            passes.join(chosen, count);
        } catch (RuntimeException | Error e) {
            fail(count, e);
        }
    }

    private void step(int count) {
        try {
            passes.step(chosen, count);
            count(count);
        } catch (RuntimeException | Error e) {
            fail(count, e);
        }
    }

    /// Counts a pass by those for whom it was made.
    private void count(int rows) {
        int robots = 0;
        for (int i = 0; i < rows; i++) {
            robots += chosen[i].forNobody ? 0 : 1;
        }
        if (robots > 0) {
            passCounts.incrementAndGet(robots - 1);
        }
    }

    /// Nothing tells whose fault it was, and a sample may be half a step ahead.
    private void fail(int count, Throwable cause) {
        for (int i = 0; i < count; i++) {
            chosen[i].fail(cause);
        }
    }

    private void settle() {
        for (int slot = 0; slot < slots.length; slot++) {
            Prediction prediction = slots[slot];
            if (prediction != null && prediction.isSettled()) {
                slots[slot] = null;
                finish(prediction);
            }
        }
    }
}
