package sinew.runtime.control;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import sinew.engine.policy.ActionPrefix;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.serve.Inference;
import sinew.runtime.serve.PolicyClient;
import sinew.runtime.serve.PolicyClientException;

/// The control loop's line to the policy. Every call to the client runs on the thread `policy`, so that the
/// control thread can leave a prediction that takes too long: whoever waits here is woken by [#wake].
final class PolicyLink implements AutoCloseable {
    private static final Duration LONGEST_PARK = Duration.ofSeconds(2);
    private static final Duration IDLE_EVERY = Duration.ofMillis(200);
    private static final Runnable NOTHING = () -> {};

    private final PolicyConnector connector;
    private final ExecutorService policy =
            Executors.newSingleThreadExecutor(Thread.ofPlatform().name("policy").daemon().factory());
    private volatile PolicyClient client;
    private volatile Thread waiter;
    private PolicyClientException refusal; // the policy thread's own: why a frame could not be shown

    PolicyLink(PolicyConnector connector) {
        this.connector = connector;
    }

    /// Connects, trying again after a pause while nobody answers.
    ///
    /// @param backoff  pauses between attempts
    /// @param patience gives up after this long, or never when zero
    /// @param log      told about every failed attempt
    /// @param give     true when the caller no longer wants a connection
    /// @return whether there is a connection now; false only when given up on the caller's wish
    /// @throws PolicyClientException when trying again is pointless or patience ran out
    boolean connect(Backoff backoff, Duration patience, Consumer<String> log, BooleanSupplier give) {
        dropClient();
        long deadline = System.nanoTime() + patience.toNanos();
        while (!give.getAsBoolean()) {
            try {
                return call(() -> client = Objects.requireNonNull(connector.connect()), give, NOTHING) != null;
            } catch (PolicyClientException e) {
                if (!e.connectionLost()) {
                    throw e;
                }
                Duration pause = backoff.next();
                long left = deadline - System.nanoTime();
                if (!patience.isZero() && left <= 0) {
                    throw new PolicyClientException(
                            "No policy server after " + Backoff.words(patience) + " (" + e.getMessage()
                                    + "). Start one with: sinew serve --policy.path ... --policy.task ...",
                            true,
                            e);
                }
                if (!patience.isZero() && left < pause.toNanos()) {
                    pause = Duration.ofNanos(left);
                }
                log.accept(e.getMessage().replaceFirst("\\.$", "") + ", retrying in " + Backoff.words(pause) + "...");
                sleep(pause, give);
            }
        }
        return false;
    }

    /// As connect, after a connection broke: pauses before the first attempt too, so that a server that accepts
    /// and drops us again is not hammered.
    boolean reconnect(Backoff backoff, Duration patience, Consumer<String> log, BooleanSupplier give) {
        dropClient();
        Duration pause = backoff.next();
        log.accept("Connection lost, reconnecting in " + Backoff.words(pause) + "...");
        sleep(pause, give);
        return connect(backoff, patience, log, give);
    }

    /// Asks for a prediction and returns at once.
    ///
    /// @param observation must stay as it is until the answer is there
    CompletableFuture<Inference> ask(EnvObservation observation, ActionPrefix prefix) {
        PolicyClient now = client;
        return CompletableFuture.supplyAsync(() -> {
            if (refusal != null) {
                throw refusal;
            }
            return prefix.isEmpty() ? now.infer(observation) : now.infer(observation, prefix);
        }, policy);
    }

    /// Shows the policy a frame and returns at once. When that fails, the next prediction says why.
    ///
    /// @param observation must stay as it is until the result is done
    CompletableFuture<Void> show(EnvObservation observation) {
        PolicyClient now = client;
        return CompletableFuture.runAsync(() -> {
            try {
                if (refusal == null) {
                    now.observe(observation);
                }
            } catch (PolicyClientException e) {
                refusal = e;
            }
        }, policy);
    }

    /// @return false when `give` came true before the answer
    boolean reset(BooleanSupplier give) {
        PolicyClient now = client;
        Supplier<Boolean> request = () -> {
            refusal = null;
            now.reset();
            return Boolean.TRUE;
        };
        return call(request, give, NOTHING) != null;
    }

    PolicyClient client() {
        return client;
    }

    /// Lets the thread that waits here look at its `give` again. Any thread.
    void wake() {
        LockSupport.unpark(waiter);
    }

    private <T> T call(Supplier<T> request, BooleanSupplier give, Runnable idle) {
        return await(CompletableFuture.supplyAsync(request, policy), give, idle);
    }

    /// Waits for an answer.
    ///
    /// @param idle run a few times a second meanwhile; what it throws ends the wait
    /// @return null when `give` came true before the answer
    <T> T await(CompletableFuture<T> answer, BooleanSupplier give, Runnable idle) {
        Duration park = idle == NOTHING ? LONGEST_PARK : IDLE_EVERY;
        Thread me = Thread.currentThread();
        waiter = me;
        answer.whenComplete((value, error) -> LockSupport.unpark(me));
        while (!answer.isDone()) {
            if (give.getAsBoolean()) {
                return null;
            }
            idle.run();
            LockSupport.parkNanos(park.toNanos());
        }
        return valueOf(answer);
    }

    /// The value of an answer that is there.
    ///
    /// @throws RuntimeException what the request threw
    static <T> T valueOf(CompletableFuture<T> answer) {
        try {
            return answer.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private void sleep(Duration pause, BooleanSupplier give) {
        waiter = Thread.currentThread();
        long end = System.nanoTime() + pause.toNanos();
        for (long left = pause.toNanos(); left > 0 && !give.getAsBoolean(); left = end - System.nanoTime()) {
            LockSupport.parkNanos(Math.min(left, LONGEST_PARK.toNanos()));
        }
    }

    private void dropClient() {
        PolicyClient old = client;
        client = null;
        if (old != null) {
            old.close();
        }
    }

    @Override
    public void close() {
        dropClient();
        policy.shutdownNow();
    }
}
