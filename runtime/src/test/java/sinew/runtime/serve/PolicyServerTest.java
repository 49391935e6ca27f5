package sinew.runtime.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static sinew.runtime.serve.WebSocketPolicyClientTest.golden;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.wire.NdArray;
import sinew.runtime.wire.Wire;

/// What the server says over real sockets, down to the bytes of a recorded Python client.
@Timeout(60)
class PolicyServerTest extends ServerFixture {
    /// The handshake and frames that the Python client sent, byte for byte, and what must come back.
    @Test
    void answersARecordedPythonClient() throws Exception {
        try (RawSocket raw = RawSocket.connect(start())) {
            raw.write(golden("raw_handshake_request.bin"));
            String head = raw.readHead();
            assertTrue(head.startsWith("HTTP/1.1 101 "), head);
            assertEquals("smUwbpAqj6PdytxOD0Yvzaimf1s=", RawSocket.header(head, "Sec-WebSocket-Accept"));
            assertTrue("websocket".equalsIgnoreCase(RawSocket.header(head, "Upgrade")), head);
            assertTrue("upgrade".equalsIgnoreCase(RawSocket.header(head, "Connection")), head);
            assertNull(RawSocket.header(head, "Sec-WebSocket-Extensions"));
            assertNull(RawSocket.header(head, "Sec-WebSocket-Protocol"));
            RawSocket.Frame metadata = raw.read();
            assertArrayEquals(golden("server_metadata_seed_diffusion.bin"), metadata.payload());
            assertTrue(metadata.fin() && !metadata.masked() && metadata.opcode() == RawSocket.BINARY);
            raw.sendBinary(golden("reset_request.bin"));
            assertArrayEquals(golden("reset_response.bin"), raw.read().payload());
            Map<?, ?> first = exchange(raw, golden("infer_request_lift.bin"));
            assertEquals(List.of("action", "actions", "server_timing"), List.copyOf(first.keySet()));
            assertEquals(List.of("infer_ms"), List.copyOf(((Map<?, ?>) first.get("server_timing")).keySet()));
            NdArray chunk = (NdArray) first.get("action");
            assertEquals("<f4", chunk.dtype());
            assertArrayEquals(new int[] {16, 6}, chunk.shape());
            assertEquals(chunk, first.get("actions"));
            assertRow(first, 1, 1, -3.5f, 100);
            raw.sendBinary(golden("reset_request.bin"));
            assertArrayEquals(golden("reset_response.bin"), raw.read().payload());
            Map<?, ?> second = exchange(raw, golden("infer_request_lift_no_task.bin"));
            assertEquals(List.of("infer_ms", "prev_total_ms"),
                    List.copyOf(((Map<?, ?>) second.get("server_timing")).keySet()));
            assertRow(second, 1, 1, -3.5f, 100);
        }
        assertArrayEquals(
                ((NdArray) ((Map<?, ?>) ((Map<?, ?>) Wire.decode(golden("infer_request_lift.bin"))).get("images"))
                .get("wrist")).toBytes(),
                policy.seen.getFirst().images().get("observation.images.wrist").rgb());
    }

    @Test
    void speaksOpenpi() throws Exception {
        try (RawSocket raw = open(start())) {
            Map<?, ?> answer = exchange(raw, golden("openpi_infer_request_flat.bin"));
            assertEquals(List.of("action", "actions", "policy_timing", "server_timing"), List.copyOf(answer.keySet()));
            assertRow(answer, 1, 1, 0.1f, 100);
            Map<String, Object> promptless = new LinkedHashMap<>();
            ((Map<?, ?>) Wire.decode(golden("openpi_infer_request_flat.bin")))
                    .forEach((key, value) -> promptless.put((String) key, value));
            promptless.remove("prompt");
            assertTrue(exchange(raw, Wire.encode(promptless)).containsKey("policy_timing"));
            assertFalse(exchange(raw, request(1)).containsKey("policy_timing"), "not in env_client's words");
            Map<?, ?> request = (Map<?, ?>) Wire.decode(golden("openpi_infer_request_flat.bin"));
            var images = policy.seen.getFirst().images();
            assertArrayEquals(((NdArray) request.get("observation/image")).toBytes(),
                    images.get("observation.images.front").rgb());
            assertArrayEquals(((NdArray) request.get("observation/wrist_image")).toBytes(),
                    images.get("observation.images.wrist").rgb());
        }
    }

    @Test
    void answersTheHealthCheckAsRecorded() throws Exception {
        int port = start(PolicyServerConfig.of("127.0.0.1", 0).withApiKey("secret"));
        try (RawSocket raw = RawSocket.connect(port)) {
            raw.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String expected = new String(golden("raw_healthz_response.bin"), StandardCharsets.US_ASCII);
            String head = raw.readHead();
            assertTrue(head.startsWith("HTTP/1.1 200 OK\r\n"), head);
            for (String name : List.of("Content-Type", "Content-Length", "Connection")) {
                assertEquals(RawSocket.header(expected, name), RawSocket.header(head, name), name);
            }
            assertEquals("OK\n", new String(raw.readRest(), StandardCharsets.US_ASCII));
        }
    }

    @Test
    void otherRequestsAreToldToUpgrade() throws Exception {
        int port = start();
        for (String target : List.of("/", "/healthz?x", "/healthz/", "/metrics")) {
            String answer = http(port, "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 426 Upgrade Required\r\n"), answer);
            assertEquals("text/plain; charset=utf-8", RawSocket.header(answer, "Content-Type"));
            assertEquals("websocket", RawSocket.header(answer, "Upgrade"));
            assertTrue(answer.contains("policy client"), answer);
        }
        assertTrue(http(port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").startsWith("HTTP/1.1 405 "));
    }

    @Test
    void theApiKeyIsEnforcedBeforeTheUpgrade() throws Exception {
        int port = start(PolicyServerConfig.of("127.0.0.1", 0).withApiKey("test-key-123"));
        try (RawSocket raw = RawSocket.connect(port)) {
            raw.write(golden("raw_handshake_request.bin"));
            assertTrue(raw.readHead().startsWith("HTTP/1.1 101 "));
        }
        String handshake = new String(golden("raw_handshake_request.bin"), StandardCharsets.US_ASCII);
        for (String wrong : List.of("", "Authorization: Api-Key test-key-124\r\n",
                "Authorization: Api-Key test-key-1234\r\n",
                "Authorization: Bearer test-key-123\r\n", "Authorization: test-key-123\r\n")) {
            String answer = http(port, handshake.replace("Authorization: Api-Key test-key-123\r\n", wrong));
            assertTrue(answer.startsWith("HTTP/1.1 401 "), answer);
        }
        assertThrows(PolicyClientException.class, () -> WebSocketPolicyClient.connect(
                PolicyClientConfig.of("127.0.0.1", port), ConnectionEvents.SILENT));
    }

    @Test
    void connectionsHaveSessionsOfTheirOwn() throws Exception {
        int port = start();
        try (RawSocket a = open(port);
                RawSocket b = open(port)) {
            assertRow(exchange(a, request(1)), 1, 1, 1, 100);
            assertRow(exchange(a, request(2)), 2, 2, 2, 100);
            assertRow(exchange(b, request(3)), 1, 1, 3, 101);
            a.sendBinary(golden("reset_request.bin"));
            a.read();
            assertRow(exchange(b, request(4)), 2, 2, 4, 101);
            assertRow(exchange(a, request(5)), 1, 1, 5, 100);
            assertEquals(2, server.connectionCount());
        }
    }

    @Test
    void predictionsOfSeveralClientsAreUnderWayTogether() throws Exception {
        int port = start();
        CyclicBarrier all = new CyclicBarrier(3);
        policy.during = o -> {
            try {
                all.await(20, TimeUnit.SECONDS); // nobody comes through alone
            } catch (Exception e) {
                throw new IllegalStateException("the others are not there", e);
            }
        };
        try (RawSocket a = open(port);
                RawSocket b = open(port);
                RawSocket c = open(port)) {
            for (RawSocket raw : List.of(a, b, c)) {
                raw.sendBinary(request(1));
            }
            float noise = 100;
            for (RawSocket raw : List.of(a, b, c)) {
                assertRow((Map<?, ?>) Wire.decode(raw.read().payload()), 1, 1, 1, noise++);
            }
        }
    }

    @Test
    void oneThatTakesLongHoldsNobodyUp() throws Exception {
        int port = start();
        Semaphore gate = new Semaphore(0);
        policy.during = o -> {
            if (o.states().get("observation.state")[0] == 1) {
                gate.acquireUninterruptibly();
            }
        };
        try (RawSocket slow = open(port);
                RawSocket quick = open(port)) {
            slow.sendBinary(request(1));
            for (int i = 1; i <= 3; i++) {
                assertRow(exchange(quick, request(2)), i, i, 2, 101);
            }
            gate.release();
            assertRow((Map<?, ?>) Wire.decode(slow.read().payload()), 1, 1, 1, 100);
        }
    }

    @Test
    void aFrameIsAcknowledgedBeforeItIsPreparedAndPreparedBeforeTheNextRequest() throws Exception {
        Semaphore gate = new Semaphore(0);
        Semaphore inside = new Semaphore(0);
        int port = start();
        try (RawSocket raw = open(port)) {
            Map<String, Object> frame = observation(1);
            frame.put("observe", true);
            policy.preparing = () -> {
                inside.release();
                gate.acquireUninterruptibly();
            };
            assertEquals(Map.of("observe", true), exchange(raw, Wire.encode(frame)));
            assertTrue(inside.tryAcquire(10, TimeUnit.SECONDS));
            raw.sendBinary(request(2));
            sleep(100);
            assertEquals(1, policy.seen.size(), "a session is for one thread at a time");
            policy.preparing = inside::release;
            gate.release();
            assertRow((Map<?, ?>) Wire.decode(raw.read().payload()), 1, 2, 2, 100);
            assertTrue(inside.tryAcquire(10, TimeUnit.SECONDS), "it prepares after a prediction as well");
            policy.preparing = () -> {
                throw new IllegalStateException("a frame that cannot be encoded");
            };
            exchange(raw, Wire.encode(frame));
            assertError(raw, "a frame that cannot be encoded");
        }
    }

    @Test
    void observeShowsAFrameWithoutPredicting() throws Exception {
        try (RawSocket raw = open(start())) {
            Map<String, Object> frame = observation(1);
            frame.put("observe", true);
            assertEquals(Map.of("observe", true), exchange(raw, Wire.encode(frame)));
            assertEquals(Map.of("observe", true), exchange(raw, Wire.encode(frame)));
            frame.put("observe", false);
            assertRow(exchange(raw, Wire.encode(frame)), 1, 3, 1, 100);
        }
    }

    @Test
    void pingsAreAnsweredDuringAPrediction() throws Exception {
        int port = start();
        Semaphore gate = new Semaphore(0);
        CountDownLatch inside = new CountDownLatch(1);
        policy.during = o -> {
            inside.countDown();
            gate.acquireUninterruptibly();
        };
        try (RawSocket raw = open(port)) {
            raw.sendBinary(golden("infer_request_lift.bin"));
            assertTrue(inside.await(10, TimeUnit.SECONDS));
            for (int i = 0; i < 3; i++) {
                raw.write(RawSocket.frame(true, RawSocket.PING, true, new byte[] {(byte) i}));
                RawSocket.Frame pong = raw.read();
                assertEquals(RawSocket.PONG, pong.opcode());
                assertArrayEquals(new byte[] {(byte) i}, pong.payload());
            }
            gate.release();
            assertRow((Map<?, ?>) Wire.decode(raw.read().payload()), 1, 1, -3.5f, 100);
        }
    }

    @Test
    void timingIsMeasuredFromTheBeginningOfWaiting() throws Exception {
        try (RawSocket raw = open(start())) {
            policy.during = o -> sleep(30);
            sleep(600);
            exchange(raw, request(1));
            policy.during = o -> {};
            sleep(80);
            raw.sendBinary(golden("reset_request.bin"));
            raw.read();
            Map<?, ?> second = (Map<?, ?>) exchange(raw, request(1)).get("server_timing");
            // Waiting 600 ms and predicting 30 ms; neither the pause before the reset nor the reset count.
            double total = (double) second.get("prev_total_ms");
            assertTrue(total >= 625, "previous total " + total);
            Map<?, ?> third = (Map<?, ?>) exchange(raw, request(1)).get("server_timing");
            assertTrue((double) third.get("prev_total_ms") < 500, "previous total " + third);
        }
    }

    @Test
    void fragmentsAndTinyWritesMakeOneMessage() throws Exception {
        try (RawSocket raw = open(start())) {
            byte[] request = golden("infer_request_lift.bin");
            raw.write(RawSocket.frame(false, RawSocket.BINARY, true, Arrays.copyOf(request, 7)));
            raw.write(RawSocket.frame(true, RawSocket.PING, true, new byte[] {42}));
            raw.write(RawSocket.frame(false, 0, true, Arrays.copyOfRange(request, 7, 9000)));
            raw.write(RawSocket.frame(false, 0, true, new byte[0]));
            raw.write(RawSocket.frame(true, 0, true, Arrays.copyOfRange(request, 9000, request.length)));
            assertEquals(RawSocket.PONG, raw.read().opcode());
            assertRow((Map<?, ?>) Wire.decode(raw.read().payload()), 1, 1, -3.5f, 100);
            byte[] frame = RawSocket.frame(true, RawSocket.BINARY, true, golden("reset_request.bin"));
            for (byte b : frame) {
                raw.write(new byte[] {b});
            }
            assertArrayEquals(golden("reset_response.bin"), raw.read().payload());
        }
    }

    @Test
    void requestsSentAheadAreAnsweredInOrderUpToALimit() throws Exception {
        int port = start();
        try (RawSocket raw = open(port)) {
            for (int i = 1; i <= 4; i++) {
                raw.sendBinary(request(i));
            }
            for (int i = 1; i <= 4; i++) {
                assertRow((Map<?, ?>) Wire.decode(raw.read().payload()), i, i, i, 100);
            }
        }
        Semaphore gate = new Semaphore(0);
        policy.during = o -> gate.acquireUninterruptibly();
        try (RawSocket raw = open(port)) {
            for (int i = 0; i < 6; i++) {
                raw.sendBinary(request(i));
            }
            assertError(raw, "wait for each answer");
            gate.release(10);
        }
    }

    @Test
    void fullSizeRequests() throws Exception {
        server = new PolicyServer(PolicyServerConfig.of("127.0.0.1", 0),
                new FakePolicy(FakePolicy.spec(12, 480, 640,
                        "observation.images.front", "observation.images.left_wrist", "observation.images.right_wrist")),
                k -> (out, n) -> out[0] = 0, SamplingOptions.FROM_CHECKPOINT, Map.of(), ServerEvents.SILENT);
        server.start();
        NdArray picture = NdArray.ofBytes(new byte[480 * 640 * 3], 480, 640, 3);
        byte[] request = Wire.encode(Map.of(
                "states", Map.of("left_arm", List.of(7, 2, 3, 4, 5, 6), "right_arm", NdArray.ofFloats(new float[6], 6)),
                "images", Map.of("front", picture, "left_wrist", picture, "right_wrist", picture)));
        try (RawSocket raw = open(server.port())) {
            for (int i = 1; i <= 5; i++) {
                assertRow(exchange(raw, request), i, i, 7, 0);
            }
        }
    }

    @Test
    void ourOwnClientAgainstIt() throws Exception {
        int port = start(PolicyServerConfig.of("127.0.0.1", 0).withActionSteps(4));
        try (var client = WebSocketPolicyClient.connect(PolicyClientConfig.of("127.0.0.1", port),
                ConnectionEvents.SILENT)) {
            assertEquals("lift", client.metadata().get("task"));
            client.reset();
            Inference first = client.infer(WebSocketPolicyClientTest.lift());
            assertEquals(4, first.actions().length, "rows of the chunk as configured");
            assertTrue(first.inferMs() >= 0 && first.inferMs() <= first.roundTripMs());
            assertTrue(Double.isNaN(first.prevTotalMs()));
            assertFalse(Double.isNaN(client.infer(WebSocketPolicyClientTest.lift()).prevTotalMs()));
        }
        awaitLog("0 closed by the client (code 1000)");
    }
}
