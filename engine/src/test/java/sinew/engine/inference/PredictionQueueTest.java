package sinew.engine.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sinew.engine.policy.ActionChunk;

/// Who shares a pass with whom, who runs it, and what happens to the others when something goes wrong. Every test
/// lets the steps happen one by one.
@Timeout(60)
class PredictionQueueTest {
    private final FakePasses passes = new FakePasses();
    private final List<CompletableFuture<ActionChunk>> answers = new ArrayList<>();
    private PredictionQueue queue = new PredictionQueue(passes, 4);

    @Test
    void aLatecomerJoinsAtTheNextStepAndLeavesAfterItsOwnLast() {
        CompletableFuture<ActionChunk> a = predict("a", 6);
        step(2);
        CompletableFuture<ActionChunk> b = predict("b", 2);
        step(1); // b came while this one was under way
        step(2);
        b.join();
        assertFalse(a.isDone());
        step(1);
        a.join();
        assertEquals(List.of("a", "a", "a", "ab", "ab", "a"), passes.steps);
        assertArrayEquals(new long[] {4, 2, 0, 0}, queue.passCounts());
    }

    @Test
    void whoIsDoneLeavesTheDrivingToTheOldest() {
        CompletableFuture<ActionChunk> a = predict("a", 2);
        CompletableFuture<ActionChunk> b = predict("b", 3);
        CompletableFuture<ActionChunk> c = predict("c", 4);
        step(2);
        a.join();
        step(2);
        b.join();
        step(1);
        c.join();
        assertEquals(List.of("a", "abc", "bc", "bc", "c"), passes.steps);
        assertEquals(List.of("robot a", "robot a", "robot b", "robot b", "robot c"), passes.drivers);
    }

    @Test
    void whoFindsNoPlaceWaitsInLine() {
        queue = new PredictionQueue(passes, 2);
        CompletableFuture<ActionChunk> a = predict("a", 2);
        CompletableFuture<ActionChunk> b = predict("b", 2);
        CompletableFuture<ActionChunk> c = predict("c", 2);
        CompletableFuture<ActionChunk> d = predict("d", 1);
        passes.gate.release(20);
        CompletableFuture.allOf(a, b, c, d).join();
        assertEquals(List.of("a", "ab", "cb", "cd"), passes.steps, "the places are given in order of arrival");
    }

    @Test
    void anUnfitNewcomerHarmsNobodyElse() {
        passes.unfit = "b";
        CompletableFuture<ActionChunk> a = predict("a", 3);
        CompletableFuture<ActionChunk> b = predict("b", 3);
        CompletableFuture<ActionChunk> c = predict("c", 1);
        step(3);
        assertFailed(b, "b is unfit", IllegalArgumentException.class);
        c.join();
        a.join();
        assertEquals(List.of("a", "ac", "a"), passes.steps);
    }

    @Test
    void aBrokenArrivalLeavesThoseUnderWayAlone() {
        passes.joinBreaker = "b";
        CompletableFuture<ActionChunk> a = predict("a", 2);
        CompletableFuture<ActionChunk> b = predict("b", 2);
        step(2);
        assertFailed(b, "cannot join b", IllegalStateException.class);
        a.join();
    }

    @Test
    void aBrokenPassIsToldToEveryoneInItAndToNobodyAfter() {
        passes.stepBreaker = "b";
        CompletableFuture<ActionChunk> a = predict("a", 3);
        CompletableFuture<ActionChunk> b = predict("b", 3);
        step(2);
        assertFailed(a, "no room for b", OutOfMemoryError.class);
        assertFailed(b, "no room for b", OutOfMemoryError.class);
        CompletableFuture<ActionChunk> c = predict("c", 1);
        step(1);
        c.join();
        assertEquals(List.of("a", "ab", "c"), passes.steps);
    }

    @Test
    void closingFinishesThoseUnderWayAndRefusesTheOthers() throws Exception {
        queue = new PredictionQueue(passes, 1);
        AtomicInteger released = new AtomicInteger();
        CompletableFuture<ActionChunk> a = predict("a", 2);
        CompletableFuture<ActionChunk> b = predict("b", 2);
        CompletableFuture<Void> first = CompletableFuture.runAsync(() -> queue.close(released::incrementAndGet));
        assertRefused(b);
        CompletableFuture<Void> second = CompletableFuture.runAsync(() -> queue.close(released::incrementAndGet));
        assertRefused(predict("c", 1));
        assertEquals(0, released.get());
        step(2);
        a.join();
        first.get(10, TimeUnit.SECONDS);
        second.get(10, TimeUnit.SECONDS);
        assertEquals(1, released.get());
        assertThrows(IllegalStateException.class, () -> queue.alone(() -> 1));
        queue.aside(wanted -> released.incrementAndGet());
        assertEquals(1, released.get());
    }

    @Test
    void otherWorkFindsItsTurnBetweenTwoSteps() {
        CompletableFuture<ActionChunk> a = predict("a", 3);
        step(1);
        AtomicInteger taken = new AtomicInteger();
        Thread other = Thread.ofPlatform().start(() -> taken.set(queue.alone(passes.steps::size)));
        awaitSleep(other);
        passes.gate.release();
        await(() -> !other.isAlive());
        assertEquals(2, taken.get(), "after the step that was under way");
        step(1);
        a.join();
    }

    @Test
    void whatMayAsWellNotRunDoesNotStandInTheWay() {
        AtomicInteger runs = new AtomicInteger();
        queue.aside(wanted -> runs.incrementAndGet());
        assertEquals(1, runs.get());
        CompletableFuture<ActionChunk> a = predict("a", 1);
        queue.aside(wanted -> runs.incrementAndGet());
        assertEquals(1, runs.get());
        step(1);
        a.join();

        AtomicBoolean stopped = new AtomicBoolean();
        AtomicBoolean begun = new AtomicBoolean();
        CompletableFuture<Void> aside = CompletableFuture.runAsync(() -> queue.aside(wanted -> {
            begun.set(true);
            await(wanted);
            stopped.set(true);
        }));
        await(begun::get);
        CompletableFuture<ActionChunk> b = start("b", 1);
        aside.join();
        assertTrue(stopped.get());
        step(1);
        b.join();
    }

    @Test
    void anInterruptedCallerGetsItsResultAndKeepsTheInterrupt() throws Exception {
        CompletableFuture<ActionChunk> a = predict("a", 3);
        AtomicBoolean kept = new AtomicBoolean();
        Prediction prediction = passes.prediction("b", 1);
        Thread caller = Thread.ofPlatform().start(() -> {
            prediction.start();
            queue.predict(prediction);
            kept.set(Thread.currentThread().isInterrupted());
        });
        awaitSleep(caller);
        caller.interrupt();
        pause();
        assertTrue(caller.isAlive());
        step(3);
        a.join();
        caller.join();
        assertTrue(kept.get());
    }

    @Test
    void aSessionMakesOnePredictionAtATime() {
        Prediction prediction = passes.prediction("a", 1);
        CompletableFuture<ActionChunk> a = start(prediction, "a");
        await(passes.gate::hasQueuedThreads);
        assertThrows(IllegalStateException.class, prediction::start);
        step(1);
        a.join();
        prediction.start();
    }

    @Test
    void manyCallersAreAllServed() {
        passes.gate.release(1_000_000);
        CompletableFuture<?>[] robots = new CompletableFuture<?>[12];
        for (int robot = 0; robot < robots.length; robot++) {
            Prediction prediction = passes.prediction("r", 1 + robot % 5);
            robots[robot] = CompletableFuture.runAsync(
                    () -> {
                        for (int i = 0; i < 500; i++) {
                            prediction.start();
                            queue.predict(prediction);
                        }
                    },
                    task -> Thread.ofPlatform().start(task));
        }
        CompletableFuture.allOf(robots).join();
        long taken = 0;
        long[] counts = queue.passCounts();
        for (int i = 0; i < counts.length; i++) {
            taken += (i + 1) * counts[i];
        }
        assertEquals(500 * (3 * (1 + 2) + 2 * (3 + 4 + 5)), taken, "every robot made all of its steps");
    }

    /// A robot that asks and is either driving or asleep when this returns.
    private CompletableFuture<ActionChunk> predict(String name, int steps) {
        CompletableFuture<ActionChunk> answer = new CompletableFuture<>();
        Prediction prediction = passes.prediction(name, steps);
        Thread thread = robot(prediction, name, answer);
        awaitSleep(thread);
        return answer;
    }

    private CompletableFuture<ActionChunk> start(String name, int steps) {
        return start(passes.prediction(name, steps), name);
    }

    private CompletableFuture<ActionChunk> start(Prediction prediction, String name) {
        CompletableFuture<ActionChunk> answer = new CompletableFuture<>();
        robot(prediction, name, answer);
        return answer;
    }

    private Thread robot(Prediction prediction, String name, CompletableFuture<ActionChunk> answer) {
        answers.add(answer);
        return Thread.ofPlatform().name("robot " + name).start(() -> {
            try {
                prediction.start();
                answer.complete(queue.predict(prediction));
            } catch (RuntimeException | Error e) {
                answer.completeExceptionally(e);
            }
        });
    }

    private static void awaitSleep(Thread thread) {
        await(() -> thread.getState() == Thread.State.WAITING || !thread.isAlive());
    }

    /// Lets some steps happen, and waits until it is settled who is in the one after them.
    private void step(int count) {
        int after = passes.steps.size() + count;
        passes.gate.release(count);
        await(() -> passes.steps.size() == after
                && (passes.gate.hasQueuedThreads() || answers.stream().allMatch(CompletableFuture::isDone)));
    }

    private static void assertFailed(CompletableFuture<ActionChunk> answer, String words, Class<?> cause) {
        CompletionException e = assertThrows(CompletionException.class, answer::join);
        assertInstanceOf(IllegalStateException.class, e.getCause());
        assertTrue(e.getCause().getMessage().contains(words), e.getCause().getMessage());
        assertInstanceOf(cause, e.getCause().getCause());
    }

    private static void assertRefused(CompletableFuture<ActionChunk> answer) {
        CompletionException e = assertThrows(CompletionException.class, answer::join);
        assertEquals("the policy is closed", e.getCause().getMessage());
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "it never happened");
            Thread.onSpinWait();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
