package sinew.runtime.predict;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.ActionPrefix;
import sinew.engine.policy.Observation;
import sinew.engine.policy.ObservationException;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.policy.SchedulerSpec;

/// Predictions that continue actions which are already decided.
class PrefixTest {
    private static final int A = 6;

    @TempDir
    static Path temporary;

    private static Policy policy;
    private static Observation observation;

    @BeforeAll
    static void load() throws Exception {
        Path weights = TestPolicies.convert(TestPolicies.statesOnly(temporary), temporary.resolve("states.gguf"));
        policy = TestPolicies.load(weights, 1);
        observation = TestPolicies.observation(policy.spec(), 1);
    }

    @AfterAll
    static void close() {
        policy.close();
    }

    private static PolicySession session(SchedulerSpec.Kind kind) {
        return policy.newSession(new TorchRandom(7), new SamplingOptions(kind, null));
    }

    @Test
    void theChunkBeginsWithWhatIsDecidedAndTheRestFollowsFromIt() {
        for (SchedulerSpec.Kind kind : List.of(SchedulerSpec.Kind.DDPM, SchedulerSpec.Kind.DDIM)) {
            float[] free = session(kind).predict(observation).values();
            float[][] decided = {row(free, 0, 3), row(free, 1, -2), row(free, 2, 1)};
            float[] chunk = session(kind)
                    .predict(observation, new ActionPrefix(new float[0][], decided)).values();
            for (int i = 0; i < decided.length; i++) {
                assertArrayEquals(decided[i], Arrays.copyOfRange(chunk, i * A, (i + 1) * A), 1e-3f, kind + ", row " + i);
            }
            float most = 0;
            for (int i = 3 * A; i < chunk.length; i++) {
                most = Math.max(most, Math.abs(chunk[i] - free[i]));
            }
            assertTrue(most > 1e-3, kind + ": the other rows were denoised beside the decided ones");
        }
    }

    @Test
    void thePastCountsTooAndIsNotExecutedAgain() {
        float[] free = session(null).predict(observation).values();
        float[][] past = {row(free, 5, 9), row(free, 0, 3)}; // two observation steps: only the newest is looked at
        float[] chunk = session(null).predict(observation, new ActionPrefix(past, new float[0][])).values();
        float[] newest = session(null)
                .predict(observation, new ActionPrefix(new float[][] {past[1]}, new float[0][])).values();
        assertArrayEquals(newest, chunk);
        assertTrue(Math.abs(chunk[0] - free[0]) > 1e-4, "it has an influence");
    }

    @Test
    void aPredictionAfterwardsIsAsFreeAsBefore() {
        PolicySession first = session(null);
        first.predict(observation);
        PolicySession second = session(null);
        second.predict(observation, new ActionPrefix(new float[0][], new float[][] {new float[A]}));
        assertArrayEquals(first.predict(observation).values(), second.predict(observation).values(), "no byte differs");
    }

    @Test
    void whatDoesNotFitIsSaidAndLeavesTheSessionAsItWas() {
        assertEquals(15, policy.prefixRows());
        PolicySession session = session(null);
        ObservationException e = assertThrows(ObservationException.class,
                () -> session.predict(observation, new ActionPrefix(new float[0][], new float[16][A])));
        assertTrue(e.getMessage().contains("at most 15"), e.getMessage());
        ActionChunk chunk = session.predict(observation);
        assertArrayEquals(session(null).predict(observation).values(), chunk.values());
    }

    private static float[] row(float[] chunk, int row, float shift) {
        float[] values = Arrays.copyOfRange(chunk, row * A, (row + 1) * A);
        for (int i = 0; i < A; i++) {
            values[i] += shift;
        }
        return values;
    }
}
