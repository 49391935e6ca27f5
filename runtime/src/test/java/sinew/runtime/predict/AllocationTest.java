package sinew.runtime.predict;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.SamplingOptions;

/// A prediction allocates its result and nothing else, on whatever thread. What C2 makes of a vector loop differs
/// from one JVM to the next, and some leave boxes behind, far fewer than the loop has iterations: the test stops
/// when it has seen a prediction without any, and puts up with a few kilobytes of them when it has not.
class AllocationTest {
    private static final int RUNS = 20;
    /// How long the JVM may take to compile everything; on an idle machine it is a second or two.
    private static final long PATIENCE_NANOS = 5_000_000_000L;
    /// The record, its two arrays and their headers.
    private static final long RESULT = 2 * (16 + 8 * 12 * Float.BYTES) + 64;

    private static final long LEFT_BOXES = 1 << 15;

    @TempDir
    static Path temporary;

    @ParameterizedTest
    @ValueSource(strings = {"envstate-sample", "pusht-like-ddpm"})
    void aPredictionAllocatesItsResultOnly(String name) throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Policy policy = TestPolicies.load(TestPolicies.weights(name, temporary), 2)) {
            PolicySession session = policy.newSession(new TorchRandom(0), new SamplingOptions(null, 2));
            Observation[] observations = {
                TestPolicies.observation(policy.spec(), 1), TestPolicies.observation(policy.spec(), 2)
            };
            session.predict(observations[0]);
            long[] team = team();
            long start = System.nanoTime();
            long least = Long.MAX_VALUE;
            while (least > RESULT && System.nanoTime() - start < PATIENCE_NANOS) {
                long before = allocated(threads, team);
                for (int i = 0; i < RUNS; i++) {
                    session.predict(observations[i % 2]);
                }
                least = Math.min(least, (allocated(threads, team) - before) / RUNS);
            }
            System.out.println(name + ": " + least + " bytes per prediction");
            assertTrue(least <= RESULT + LEFT_BOXES, least + " bytes per prediction, the result has " + RESULT);
        }
    }

    /// This thread and the workers.
    private static long[] team() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread == Thread.currentThread() || thread.getName().startsWith("worker-"))
                .mapToLong(Thread::threadId)
                .toArray();
    }

    private static long allocated(ThreadMXBean threads, long[] team) {
        long sum = 0;
        for (long id : team) {
            sum += threads.getThreadAllocatedBytes(id);
        }
        return sum;
    }
}
