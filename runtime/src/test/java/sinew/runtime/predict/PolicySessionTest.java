package sinew.runtime.predict;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.policy.Image;
import sinew.engine.policy.Observation;
import sinew.engine.policy.ObservationException;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.policy.SchedulerSpec;

/// What users of a policy rely on besides its numbers.
class PolicySessionTest {
    private static final SamplingOptions FEW_STEPS = new SamplingOptions(null, 3);

    @TempDir
    static Path temporary;

    @ParameterizedTest
    @ValueSource(strings = {"envstate-sample", "pusht-like-ddpm"})
    void theNumberOfThreadsChangesNoByte(String name) throws IOException {
        float[] alone = twoChunks(name, 1);
        for (int threads : new int[] {2, 5}) {
            assertArrayEquals(bits(alone), bits(twoChunks(name, threads)), threads + " threads");
        }
    }

    private static float[] twoChunks(String name, int threads) throws IOException {
        try (Policy policy = TestPolicies.load(TestPolicies.weights(name, temporary), threads)) {
            PolicySession session = policy.newSession(new TorchRandom(42), FEW_STEPS);
            session.predict(TestPolicies.observation(policy.spec(), 1));
            return session.predict(TestPolicies.observation(policy.spec(), 2)).values();
        }
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
        return bits;
    }

    @Test
    void sessionsOnSeveralThreadsDoNotDisturbEachOther() throws Exception {
        try (Policy policy = TestPolicies.load(TestPolicies.weights("pusht-like-ddpm", temporary), 2);
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<float[]>> together = new ArrayList<>();
            for (int client = 0; client < 4; client++) {
                int seed = client;
                Callable<float[]> episode = () -> episode(policy, seed);
                together.add(threads.submit(episode));
            }
            for (int client = 0; client < 4; client++) {
                assertArrayEquals(bits(episode(policy, client)), bits(together.get(client).get()), "client " + client);
            }
        }
    }

    private static float[] episode(Policy policy, int seed) {
        PolicySession session = policy.newSession(new TorchRandom(seed), FEW_STEPS);
        float[] last = null;
        for (int i = 0; i < 4; i++) {
            last = session.predict(TestPolicies.observation(policy.spec(), 100L * seed + i)).values();
        }
        return last;
    }

    @Test
    void featuresOfPastFramesAreRememberedRightly() throws IOException {
        try (Policy policy = TestPolicies.load(TestPolicies.weights("pusht-like-ddpm", temporary), 2)) {
            Observation a = TestPolicies.observation(policy.spec(), 1);
            Observation b = TestPolicies.observation(policy.spec(), 2);
            Observation c = TestPolicies.observation(policy.spec(), 3);
            PolicySession remembering = policy.newSession(new TorchRandom(0), FEW_STEPS);
            remembering.predict(a);
            remembering.predict(b);
            remembering.observe(c);
            float[] withMemory = remembering.predict(a).values();

            TorchRandom sameStream = new TorchRandom(0);
            for (int draw = 0; draw < 6; draw++) {
                sameStream.fill(new float[32], 32); // two predictions of three draws each
            }
            PolicySession fresh = policy.newSession(sameStream, FEW_STEPS);
            fresh.observe(c);
            assertArrayEquals(bits(fresh.predict(a).values()), bits(withMemory));
        }
    }

    @Test
    void aSenderMayReuseItsArrays() throws IOException {
        try (Policy policy = TestPolicies.load(TestPolicies.weights("pusht-like-ddpm", temporary), 1)) {
            Observation first = TestPolicies.observation(policy.spec(), 1);
            Observation second = TestPolicies.observation(policy.spec(), 2);
            PolicySession session = policy.newSession(new TorchRandom(0), FEW_STEPS);
            session.observe(first);
            float[] expected = session.predict(second).values();

            PolicySession other = policy.newSession(new TorchRandom(0), FEW_STEPS);
            other.observe(first);
            first.images().values().forEach(image -> Arrays.fill(image.rgb(), (byte) 0));
            first.states().values().forEach(state -> Arrays.fill(state, 0));
            assertArrayEquals(bits(expected), bits(other.predict(second).values()));
        }
    }

    @Test
    void resetForgetsTheHistoryButNotTheRandomStream() throws IOException {
        try (Policy policy = TestPolicies.load(TestPolicies.weights("envstate-sample", temporary), 1)) {
            Observation a = TestPolicies.observation(policy.spec(), 1);
            Observation b = TestPolicies.observation(policy.spec(), 2);
            PolicySession session = policy.newSession((out, count) -> Arrays.fill(out, 0.5f), FEW_STEPS);
            float[] first = session.predict(b).values();
            session.reset();
            session.observe(a);
            float[] afterA = session.predict(b).values();
            session.reset();
            assertArrayEquals(bits(first), bits(session.predict(b).values()));
            assertFalse(Arrays.equals(first, afterA), "the history has no effect");
        }
    }

    @Test
    void observationsThatDoNotFitAreNamed() throws IOException {
        try (Policy policy = TestPolicies.load(TestPolicies.weights("pusht-like-ddpm", temporary), 1)) {
            PolicySession session = policy.newSession(new TorchRandom(0), FEW_STEPS);
            Observation good = TestPolicies.observation(policy.spec(), 1);
            Image image = good.images().get("observation.image");
            float[] state = good.states().get("observation.state");

            refused(session, Map.of("observation.state", state), Map.of(),
                    "observation.image is missing", "observation.image uint8 [96, 96, 3]", "observation.state [2]");
            refused(session, Map.of(), good.images(), "observation.state is missing");
            refused(session, Map.of("observation.state", new float[3]), good.images(), "has 3 values instead of 2");
            refused(session, Map.of("observation.state", new float[] {1, Float.NaN}), good.images(),
                    "observation.state[1] is NaN");
            refused(session, good.states(), Map.of("observation.image", new Image(48, 192, new byte[48 * 192 * 3])),
                    "observation.image is 48x192 instead of 96x96");

            Map<String, Image> more = new HashMap<>(good.images());
            more.put("observation.images.other", image);
            session.predict(new Observation(good.states(), more)); // what the policy does not know is not its business
        }
    }

    private static void refused(
            PolicySession session, Map<String, float[]> states, Map<String, Image> images, String... parts) {
        String message = assertThrows(ObservationException.class, () -> session.predict(new Observation(states, images)))
                .getMessage();
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }

    @Test
    void samplersThatDoNotExistAreRefused() throws IOException {
        try (Policy policy = TestPolicies.load(TestPolicies.weights("envstate-sample", temporary), 1)) {
            for (int steps : new int[] {0, 101}) {
                String message = assertThrows(
                                IllegalArgumentException.class,
                                () -> policy.newSession(new TorchRandom(0), new SamplingOptions(null, steps)))
                        .getMessage();
                assertTrue(message.contains("1 to 100"), message);
            }
            PolicySession ddpm = policy.newSession(
                    new TorchRandom(0), new SamplingOptions(SchedulerSpec.Kind.DDPM, 100));
            assertEquals(8, ddpm.predict(TestPolicies.observation(policy.spec(), 1)).steps());
        }
    }
}
