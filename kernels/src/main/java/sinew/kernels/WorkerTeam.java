package sinew.kernels;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/// Members wait for the next region by spinning for some microseconds, which is how long the gap between
/// two regions of a step lasts, then by yielding, so that a busy neighbour on the same core cannot hold a
/// region up for a whole time slice, then parked, so that an idle team costs nothing.
final class WorkerTeam implements Workers {
    private static final int SPINS = 2_000;
    private static final int YIELDS = 200;
    private static final VarHandle PENDING;
    private static final VarHandle SLEEPERS;

    static {
        try {
            PENDING = MethodHandles.lookup().findVarHandle(WorkerTeam.class, "pending", int.class);
            SLEEPERS = MethodHandles.lookup().findVarHandle(WorkerTeam.class, "sleepers", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Thread[] threads;
    private final Throwable[] failures;

    /// Written before `generation` and read after it.
    private Region region;
    private Thread caller;

    /// Counts regions; a change releases the members.
    private volatile int generation;
    /// Members that have not finished the current region.
    private volatile int pending;
    /// Members that sleep or are about to: they look at `generation` once more after they counted
    /// themselves, and [#run] looks here after it changed `generation`, so one of the two sees the other.
    private volatile int sleepers;
    /// The same between the last member and the caller.
    private volatile boolean callerSleeps;
    private volatile boolean closed;

    WorkerTeam(int size) {
        threads = new Thread[size - 1];
        failures = new Throwable[size];
        for (int i = 0; i < threads.length; i++) {
            int part = i + 1;
            threads[i] = Thread.ofPlatform().daemon().name("worker-" + part).start(() -> work(part));
        }
    }

    @Override
    public int size() {
        return threads.length + 1;
    }

    @Override
    public void run(Region next) {
        if (closed) {
            throw new IllegalStateException("these workers are closed");
        }
        region = next;
        caller = Thread.currentThread();
        pending = threads.length;
        generation++;
        if (sleepers != 0) {
            wakeMembers();
        }
        runPart(next, 0);
        awaitMembers();
        region = null;
        rethrow();
    }

    private void work(int part) {
        int seen = 0;
        while (awaitGeneration(seen)) {
            seen++;
            runPart(region, part);
            Thread waiting = caller;
            if ((int) PENDING.getAndAdd(this, -1) == 1 && callerSleeps) {
                LockSupport.unpark(waiting);
            }
        }
    }

    /// False when the team is closed.
    private boolean awaitGeneration(int seen) {
        for (int round = 0; generation == seen && !closed; round++) {
            if (!pause(round)) {
                SLEEPERS.getAndAdd(this, 1);
                if (generation == seen && !closed) {
                    LockSupport.park(this);
                }
                SLEEPERS.getAndAdd(this, -1);
            }
        }
        return generation != seen;
    }

    private void awaitMembers() {
        boolean interrupted = false;
        for (int round = 0; pending != 0; round++) {
            if (!pause(round)) {
                callerSleeps = true;
                if (pending != 0) {
                    LockSupport.park(this);
                }
                callerSleeps = false;
                // An interrupt would end every further park at once.
                interrupted |= Thread.interrupted();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// False when it is time to sleep.
    private static boolean pause(int round) {
        if (round < SPINS) {
            Thread.onSpinWait();
            return true;
        }
        if (round < SPINS + YIELDS) {
            Thread.yield();
            return true;
        }
        return false;
    }

    private void wakeMembers() {
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
    }

    private void runPart(Region current, int part) {
        try {
            current.run(part, size());
        } catch (Throwable t) {
            failures[part] = t;
        }
    }

    /// The first failure in order of parts; the others travel with it.
    private void rethrow() {
        Throwable first = null;
        for (int part = 0; part < failures.length; part++) {
            Throwable failure = failures[part];
            failures[part] = null;
            if (first == null) {
                first = failure;
            } else if (failure != null && failure != first) {
                first.addSuppressed(failure);
            }
        }
        if (first != null) {
            WorkerTeam.<RuntimeException>sneak(first);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable failure) throws T {
        throw (T) failure;
    }

    @Override
    public void close() {
        closed = true;
        wakeMembers();
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
