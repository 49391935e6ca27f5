package sinew.runtime.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sinew.engine.policy.ActionPrefix;
import sinew.engine.policy.Image;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.wire.NdArray;
import sinew.runtime.wire.Wire;

/// Requests that say which actions are already decided.
@Timeout(60)
class DecidedActionsOverWireTest extends ServerFixture {
    private static final float[][] PAST = {{1, 2, 3, 4, 5, 6}};
    private static final float[][] NEXT = {{7, 8, 9, 10, 11, 12}, {13, 14, 15, 16, 17, 18}};

    @Test
    void theyReachThePolicyAsArraysOrLists() throws Exception {
        policy.prefixRows = 16;
        try (RawSocket raw = open(start())) {
            Map<String, Object> request = observation(1);
            request.put("action_past", NdArray.ofFloats(PAST[0], 1, 6));
            request.put("action_prefix", List.of(List.of(7, 8, 9, 10, 11, 12), List.of(13, 14, 15, 16, 17, 18)));
            assertRow(exchange(raw, Wire.encode(request)), 1, 1, 1, 100);
            assertArrayEquals(PAST, policy.prefixes.getFirst().past());
            assertArrayEquals(NEXT, policy.prefixes.getFirst().next());
            exchange(raw, request(2));
            assertEquals(1, policy.prefixes.size(), "a request without them is as it always was");
        }
    }

    @Test
    void aPolicyThatCannotSaysSo() throws Exception {
        try (RawSocket raw = open(start())) {
            Map<String, Object> request = observation(1);
            request.put("action_prefix", NdArray.ofFloats(new float[12], 2, 6));
            raw.sendBinary(Wire.encode(request));
            assertError(raw, "cannot continue actions that are already decided: send no action_prefix");
        }
    }

    @Test
    void whatIsNoRowsOfNumbersIsNamed() throws Exception {
        policy.prefixRows = 16;
        int port = start();
        for (Object wrong : List.of("soon", NdArray.ofFloats(new float[6], 6), List.of("soon"))) {
            try (RawSocket raw = open(port)) {
                Map<String, Object> request = observation(1);
                request.put("action_prefix", wrong);
                raw.sendBinary(Wire.encode(request));
                assertError(raw, "action_prefix");
            }
        }
        assertEquals(List.of(), policy.prefixes);
    }

    @Test
    void aClientSendsThemToAServerThatTakesThemAndToNoOther() throws Exception {
        policy.prefixRows = 20;
        Map<String, Object> metadata = PolicyMetadata.of(policy, "lift", "p", "cpu", 16);
        assertEquals(16, metadata.get("action_prefix"), "no more than a chunk has");
        EnvObservation seen = new EnvObservation(Map.of("arm", new float[6]),
                Map.of("front", new Image(48, 64, new byte[48 * 64 * 3]), "wrist", new Image(48, 64, new byte[48 * 64 * 3])),
                null);
        ActionPrefix prefix = new ActionPrefix(PAST, NEXT);
        try (PolicyServer sinew = new PolicyServer(PolicyServerConfig.of("127.0.0.1", 0), policy, k -> (out, n) -> {},
                SamplingOptions.FROM_CHECKPOINT, metadata, ServerEvents.SILENT)) {
            sinew.start();
            try (WebSocketPolicyClient client = client(sinew.port())) {
                assertEquals(16, client.prefixRows());
                client.infer(seen, prefix);
                assertArrayEquals(NEXT, policy.prefixes.getFirst().next());
                assertArrayEquals(PAST, policy.prefixes.getFirst().past());
                PolicyClientException e = assertThrows(PolicyClientException.class,
                        () -> client.infer(seen, new ActionPrefix(PAST, new float[17][6])));
                assertTrue(e.getMessage().contains("at most 16 actions"), e.getMessage());
                client.infer(seen);
            }
        }
        try (WebSocketPolicyClient client = client(start())) { // tells of no action_prefix, as the Python servers
            assertEquals(0, client.prefixRows());
            PolicyClientException e = assertThrows(PolicyClientException.class, () -> client.infer(seen, prefix));
            assertFalse(e.connectionLost());
            assertTrue(e.getMessage().contains("takes no actions that are already decided"), e.getMessage());
            client.infer(seen);
        }
    }

    private static WebSocketPolicyClient client(int port) {
        return WebSocketPolicyClient.connect(PolicyClientConfig.of("127.0.0.1", port), ConnectionEvents.SILENT);
    }
}
