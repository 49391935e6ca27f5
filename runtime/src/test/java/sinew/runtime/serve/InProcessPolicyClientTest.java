package sinew.runtime.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.wire.Wire;

class InProcessPolicyClientTest {
    private final FakePolicy policy = FakePolicy.lift();

    @Test
    void behavesAsARemoteOne() {
        Map<String, Object> metadata = PolicyMetadata.of(policy, "lift", "policy.gguf", "cpu", 16);
        assertEquals("DiffusionPolicy", metadata.get("policy_type"));
        assertTrue(Wire.decode(Wire.encode(metadata)) instanceof Map<?, ?> sent
                && sent.keySet().equals(metadata.keySet())
                && sent.get("statistics").equals(
                        Map.of("action", Map.of("min", List.of(-100.0, 0.0), "max", List.of(55.5, 1.0)))));
        try (InProcessPolicyClient client = client(metadata)) {
            assertEquals(metadata, client.metadata());
            EnvObservation observation = WebSocketPolicyClientTest.lift();
            Inference first = client.infer(observation);
            assertArrayEquals(new float[] {1, 1, -3.5f, 5, 0, 0}, first.actions()[0]);
            assertEquals(16, first.actions().length);
            assertTrue(first.inferMs() <= first.roundTripMs());
            assertTrue(Double.isNaN(first.prevTotalMs()));
            client.observe(observation);
            Inference second = client.infer(observation);
            assertArrayEquals(new float[] {2, 3, -3.5f, 5, 0, 0}, second.actions()[0]);
            assertEquals(first.roundTripMs(), second.prevTotalMs());
            client.reset();
            assertEquals(1f, client.infer(observation).actions()[0][0]);
        }
    }

    @Test
    void errorsAreThoseOfARemoteOne() {
        try (InProcessPolicyClient client = client(Map.of())) {
            EnvObservation blind = new EnvObservation(Map.of("arm", new float[6]), Map.of(), null);
            PolicyClientException e = assertThrows(PolicyClientException.class, () -> client.infer(blind));
            assertTrue(e.getMessage().contains("camera 'front' is missing"), e.getMessage());
            assertFalse(e.connectionLost());
        }
    }

    private InProcessPolicyClient client(Map<String, Object> metadata) {
        return new InProcessPolicyClient(policy, (out, n) -> Arrays.fill(out, 0, n, 5), SamplingOptions.FROM_CHECKPOINT,
                metadata);
    }
}
