package sinew.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkersTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void everyPartOfEveryRegionRunsOnce(int size) {
        int[] counts = new int[size];
        try (Workers workers = Workers.of(size)) {
            assertEquals(size, workers.size());
            int[] partsSeen = new int[size];
            for (int region = 0; region < 5_000; region++) {
                // Plain arrays: a region must also publish what its parts wrote.
                workers.run((part, parts) -> {
                    counts[part]++;
                    partsSeen[part] = parts;
                });
                assertEquals(region + 1, counts[size - 1]);
            }
            assertTrue(Arrays.stream(partsSeen).allMatch(parts -> parts == size));
        }
        assertTrue(Arrays.stream(counts).allMatch(count -> count == 5_000), Arrays.toString(counts));
    }

    @Test
    void membersThatParkedInBetweenWakeUp() throws InterruptedException {
        try (Workers workers = Workers.of(3)) {
            AtomicIntegerArray counts = new AtomicIntegerArray(3);
            for (int region = 0; region < 20; region++) {
                workers.run((part, parts) -> counts.incrementAndGet(part));
                Thread.sleep(region);
            }
            assertEquals("[20, 20, 20]", counts.toString());
        }
    }

    @Test
    void callerWaitsForASlowMember() {
        boolean[] done = new boolean[2];
        try (Workers workers = Workers.of(2)) {
            workers.run((part, parts) -> {
                if (part == 1) {
                    sleep(100);
                }
                done[part] = true;
            });
            assertTrue(done[1]);
        }
    }

    @Test
    void anErrorOfAnyPartIsThrownAfterAllPartsEnded() {
        boolean[] done = new boolean[3];
        IllegalStateException error = new IllegalStateException("part 1");
        try (Workers workers = Workers.of(3)) {
            Throwable thrown = assertThrows(IllegalStateException.class, () -> workers.run((part, parts) -> {
                if (part == 1) {
                    throw error;
                }
                sleep(part * 20L);
                done[part] = true;
                if (part == 2) {
                    throw new OutOfMemoryError("part 2");
                }
            }));
            assertSame(error, thrown);
            assertEquals("part 2", thrown.getSuppressed()[0].getMessage());
            assertTrue(done[0] && done[2]);
            workers.run((part, parts) -> done[part] = false);
            assertFalse(done[0] || done[1] || done[2], "the team goes on after an error");
        }
    }

    @Test
    void interruptOfTheCallerIsKept() {
        boolean[] done = new boolean[2];
        try (Workers workers = Workers.of(2)) {
            Thread.currentThread().interrupt();
            workers.run((part, parts) -> {
                if (part == 1) {
                    long end = System.nanoTime() + 50_000_000L;
                    while (System.nanoTime() < end) {
                        Thread.onSpinWait();
                    }
                }
                done[part] = true;
            });
            assertTrue(done[1]);
        }
        assertTrue(Thread.interrupted());
    }

    @Test
    void closeEndsTheThreads() {
        List<Thread> members = new ArrayList<>();
        Workers workers = Workers.of(4);
        workers.run((part, parts) -> {
            synchronized (members) {
                members.add(Thread.currentThread());
            }
        });
        members.remove(Thread.currentThread());
        assertArrayEquals(
                new String[] {"worker-1", "worker-2", "worker-3"},
                members.stream().map(Thread::getName).sorted().toArray());
        workers.close();
        workers.close();
        assertTrue(members.stream().noneMatch(Thread::isAlive));
        assertThrows(IllegalStateException.class, () -> workers.run((part, parts) -> {}));
    }

    @Test
    void aTeamNeedsAMember() {
        assertThrows(IllegalArgumentException.class, () -> Workers.of(0));
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
