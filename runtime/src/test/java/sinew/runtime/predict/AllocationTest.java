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
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.SamplingOptions;

/// A prediction allocates its result and nothing else, on whatever thread, once the JVM has compiled everything.
/// Until then vectors are objects: the test waits for the first window of predictions without any, for as long as
/// a busy machine may take. Vectors that the compiled code leaves as objects stay, tens of kilobytes of them.
class AllocationTest {
    private static final int RUNS = 20;
    /// On an idle machine a second or two are enough.
    private static final long PATIENCE_NANOS = 60_000_000_000L;
    /// Some small objects that one run of the JVM keeps and another does not; a dozen vectors, which one loop over
    /// the channels of one row would exceed.
    private static final long SLACK = 1024;

    @TempDir
    static Path temporary;

    @ParameterizedTest
    @ValueSource(strings = {"envstate-sample", "pusht-like-ddpm", "dp-transformer-lowdim-encoder", "dp-unet-lowdim-ddim-inpaint"})
    void aPredictionAllocatesItsResultOnly(String name) throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Path weights = TestPolicies.weights(name, temporary);
        try (Policy policy = Policies.load(weights, LoadOptions.defaults().withThreads(2))) {
            PolicySession session = policy.newSession(new TorchRandom(0), new SamplingOptions(null, 2));
            Observation[] observations = {
                TestPolicies.observation(policy.spec(), 1), TestPolicies.observation(policy.spec(), 2)
            };
            long allowed = bytes(session.predict(observations[0])) + SLACK;
            long[] team = team();
            long start = System.nanoTime();
            long least = Long.MAX_VALUE;
            while (least > allowed && System.nanoTime() - start < PATIENCE_NANOS) {
                long before = allocated(threads, team);
                for (int i = 0; i < RUNS; i++) {
                    session.predict(observations[i % 2]);
                }
                least = Math.min(least, (allocated(threads, team) - before) / RUNS);
            }
            assertTrue(least <= allowed, least + " bytes per prediction, allowed are " + allowed);
        }
    }

    /// The record and its two arrays, with their headers.
    private static long bytes(ActionChunk chunk) {
        return 64 + 2 * (16 + (long) Float.BYTES * chunk.values().length);
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
