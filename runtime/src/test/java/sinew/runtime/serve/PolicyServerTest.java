package sinew.runtime.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static sinew.runtime.serve.WebSocketPolicyClientTest.golden;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.wire.NdArray;
import sinew.runtime.wire.Wire;

/// The server over real sockets, down to the bytes of a recorded Python client.
@Timeout(60)
class PolicyServerTest {
    private static final String ERROR_REASON = "Internal server error. Traceback included in previous frame.";

    private final FakePolicy policy = FakePolicy.lift();
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());
    private PolicyServer server;

    private int start() throws IOException {
        return start(PolicyServerConfig.of("127.0.0.1", 0));
    }

    private int start(PolicyServerConfig config) throws IOException {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("policy_type", "DiffusionPolicy");
        metadata.put("task", "lift");
        metadata.put("model_path", "checkpoints/lift_real/checkpoint-best");
        metadata.put("device", "cuda");
        ServerEvents events = new ServerEvents() {
            @Override
            public void closed(long connection, String why) {
                log.add(connection + " " + why);
            }

            @Override
            public void failed(long connection, String message, Throwable bug) {
                log.add(connection + " failed" + (bug == null ? "" : " by a bug"));
            }
        };
        server = new PolicyServer(config, policy, k -> (out, n) -> Arrays.fill(out, 0, n, 100 + k),
                SamplingOptions.FROM_CHECKPOINT, metadata, events);
        server.start();
        return server.port();
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }

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
            assertEquals(List.of("infer_ms", "prev_total_ms"), List.copyOf(((Map<?, ?>) second.get("server_timing")).keySet()));
            assertRow(second, 1, 1, -3.5f, 100);
        }
        assertArrayEquals(
                ((NdArray) ((Map<?, ?>) ((Map<?, ?>) Wire.decode(golden("infer_request_lift.bin"))).get("images")).get("wrist")).toBytes(),
                policy.seen.getFirst().images().get("observation.images.wrist").rgb());
    }

    @Test
    void speaksOpenpi() throws Exception {
        try (RawSocket raw = open(start())) {
            Map<?, ?> answer = exchange(raw, golden("openpi_infer_request_flat.bin"));
            assertEquals(List.of("action", "actions", "policy_timing", "server_timing"), List.copyOf(answer.keySet()));
            assertRow(answer, 1, 1, 0.1f, 100);
            Map<?, ?> request = (Map<?, ?>) Wire.decode(golden("openpi_infer_request_flat.bin"));
            var images = policy.seen.getFirst().images();
            assertArrayEquals(((NdArray) request.get("observation/image")).toBytes(), images.get("observation.images.front").rgb());
            assertArrayEquals(((NdArray) request.get("observation/wrist_image")).toBytes(), images.get("observation.images.wrist").rgb());
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
        for (String wrong : List.of("", "Authorization: Api-Key test-key-124\r\n", "Authorization: Api-Key test-key-1234\r\n",
                "Authorization: Bearer test-key-123\r\n", "Authorization: test-key-123\r\n")) {
            String answer = http(port, handshake.replace("Authorization: Api-Key test-key-123\r\n", wrong));
            assertTrue(answer.startsWith("HTTP/1.1 401 "), answer);
        }
        assertThrows(PolicyClientException.class, () -> WebSocketPolicyClient.connect(
                PolicyClientConfig.of("127.0.0.1", port), ConnectionEvents.SILENT));
    }

    @Test
    void errorsAreTextThenClose1011AndEndOnlyThatConnection() throws Exception {
        int port = start();
        try (RawSocket bystander = open(port)) {
            Map<String, byte[]> bad = new LinkedHashMap<>();
            bad.put("camera 'front' is missing", Wire.encode(Map.of("states", Map.of("arm", List.of(1, 2, 3, 4, 5, 6)))));
            bad.put("The request cannot be read: ", new byte[] {(byte) 0xC1});
            bad.put("a request is a map", Wire.encode(List.of(1)));
            bad.put("the message is empty", new byte[0]);
            int number = 1;
            for (Map.Entry<String, byte[]> e : bad.entrySet()) {
                try (RawSocket raw = open(port)) {
                    raw.sendBinary(e.getValue());
                    assertError(raw, e.getKey());
                }
                awaitLog(number++ + " failed");
            }
            try (RawSocket raw = open(port)) {
                raw.write(RawSocket.frame(true, RawSocket.TEXT, true, "hello".getBytes(StandardCharsets.UTF_8)));
                assertError(raw, "text frame");
            }
            assertRow(exchange(bystander, golden("infer_request_lift.bin")), 1, 1, -3.5f, 100);
        }
    }

    @Test
    void aFailingPolicyIsAnErrorAndNeverAChunk() throws Exception {
        int port = start();
        policy.during = o -> {
            throw new IllegalStateException("the kernel is on fire");
        };
        try (RawSocket raw = open(port)) {
            raw.sendBinary(golden("infer_request_lift.bin"));
            assertError(raw, "The policy failed: the kernel is on fire");
        }
        policy.during = o -> {
            throw new StackOverflowError();
        };
        try (RawSocket raw = open(port)) {
            raw.sendBinary(golden("infer_request_lift.bin"));
            assertError(raw, "StackOverflowError");
        }
        awaitLog("0 failed by a bug");
        policy.during = o -> {};
        server.close();
        server = new PolicyServer(PolicyServerConfig.of("127.0.0.1", 0), policy, k -> (out, n) -> out[0] = Float.NaN,
                SamplingOptions.FROM_CHECKPOINT, Map.of(), ServerEvents.SILENT);
        server.start();
        try (RawSocket raw = open(server.port())) {
            raw.sendBinary(golden("infer_request_lift.bin"));
            assertError(raw, "predicted NaN for joint 3 in row 0");
        }
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
            sleep(60);
            exchange(raw, request(1));
            policy.during = o -> {};
            sleep(80);
            raw.sendBinary(golden("reset_request.bin"));
            raw.read();
            Map<?, ?> second = (Map<?, ?>) exchange(raw, request(1)).get("server_timing");
            // Waiting 60 ms and predicting 30 ms; neither the pause before the reset nor the reset count.
            double total = (double) second.get("prev_total_ms");
            assertTrue(total >= 85, "previous total " + total);
            Map<?, ?> third = (Map<?, ?>) exchange(raw, request(1)).get("server_timing");
            assertTrue((double) third.get("prev_total_ms") < 75, "previous total " + third);
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
    void aMessageOverTheLimitEndsItsConnectionWith1009() throws Exception {
        int port = start(PolicyServerConfig.of("127.0.0.1", 0).withMaxMessageBytes(100_000));
        try (RawSocket raw = open(port)) {
            assertRow(exchange(raw, request(1)), 1, 1, 1, 100);
            raw.sendBinary(new byte[5_000_000]);
            RawSocket.Frame close = raw.read();
            assertEquals(RawSocket.CLOSE, close.opcode());
            assertEquals(1009, close.closeCode());
        }
        try (RawSocket raw = open(port)) {
            // A frame that declares 2^62 bytes must not make the server allocate them.
            raw.write(new byte[] {(byte) 0x82, (byte) 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
            raw.write(new byte[200_000]);
            assertEquals(1009, raw.read().closeCode());
        }
        try (RawSocket raw = open(port)) {
            assertRow(exchange(raw, request(1)), 1, 1, 1, 102);
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
    void clientsThatVanishHurtNobody() throws Exception {
        int port = start();
        CountDownLatch inside = new CountDownLatch(1);
        Semaphore gate = new Semaphore(0);
        policy.during = o -> {
            inside.countDown();
            gate.acquireUninterruptibly();
        };
        RawSocket vanishing = open(port);
        vanishing.sendBinary(golden("infer_request_lift.bin"));
        assertTrue(inside.await(10, TimeUnit.SECONDS));
        vanishing.socket.setSoLinger(true, 0);
        vanishing.close();
        gate.release(100);
        RawSocket half = open(port);
        half.write(Arrays.copyOf(RawSocket.frame(true, RawSocket.BINARY, true, request(1)), 1000));
        half.close();
        RawSocket.connect(port).close();
        Random random = new Random(7);
        for (int i = 0; i < 30; i++) {
            try (RawSocket garbage = open(port)) {
                byte[] bytes = new byte[1 + random.nextInt(300)];
                random.nextBytes(bytes);
                garbage.write(bytes);
                garbage.socket.shutdownOutput();
                drain(garbage);
            }
        }
        try (RawSocket raw = open(port)) {
            assertRow((Map<?, ?>) exchange(raw, request(9)), 1, 1, 9, 132);
        }
        awaitNoConnections();
    }

    @Test
    void brokenFramesAreRefusedWith1002() throws Exception {
        int port = start();
        Map<String, byte[]> broken = Map.of(
                "reserved opcode", new byte[] {(byte) 0x83, (byte) 0x80, 0, 0, 0, 0},
                "reserved bit", new byte[] {(byte) 0xC2, (byte) 0x80, 0, 0, 0, 0},
                "fragmented ping", new byte[] {0x09, (byte) 0x80, 0, 0, 0, 0},
                "continuation of nothing", new byte[] {(byte) 0x80, (byte) 0x80, 0, 0, 0, 0});
        for (Map.Entry<String, byte[]> e : broken.entrySet()) {
            try (RawSocket raw = open(port)) {
                raw.write(e.getValue());
                RawSocket.Frame close = raw.read();
                assertEquals(RawSocket.CLOSE, close.opcode(), e.getKey());
                assertEquals(1002, close.closeCode(), e.getKey());
            }
        }
    }

    @Test
    void silentClientsAreDropped() throws Exception {
        int port = start(PolicyServerConfig.of("127.0.0.1", 0).withKeepAlive(Duration.ofMillis(150)));
        try (RawSocket silent = open(port);
                var client = WebSocketPolicyClient.connect(PolicyClientConfig.of("127.0.0.1", port), ConnectionEvents.SILENT)) {
            assertEquals(RawSocket.PING, silent.read().opcode());
            RawSocket.Frame close = silent.read();
            assertEquals(1011, close.closeCode());
            assertEquals("keepalive ping timeout", close.closeReason());
            sleep(400);
            assertTrue(client.isConnected(), "our client answers pings while it is idle");
        }
    }

    @Test
    void tooManyClientsAreRefused() throws Exception {
        int port = start(PolicyServerConfig.of("127.0.0.1", 0).withMaxConnections(1));
        try (RawSocket first = open(port)) {
            String handshake = new String(golden("raw_handshake_request.bin"), StandardCharsets.US_ASCII);
            assertTrue(http(port, handshake).startsWith("HTTP/1.1 503 "));
            assertRow(exchange(first, request(1)), 1, 1, 1, 100);
        }
        awaitNoConnections();
        open(port).close();
    }

    @Test
    void stoppingFinishesThePredictionAndSaysGoodbye() throws Exception {
        int port = start();
        CountDownLatch inside = new CountDownLatch(1);
        policy.during = o -> {
            inside.countDown();
            sleep(200);
        };
        try (RawSocket idle = open(port);
                RawSocket asking = open(port)) {
            asking.sendBinary(request(1));
            assertTrue(inside.await(10, TimeUnit.SECONDS));
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
            assertEquals(1001, idle.read().closeCode());
            assertRow((Map<?, ?>) Wire.decode(asking.read().payload()), 1, 1, 1, 101);
            assertEquals(1001, asking.read().closeCode());
            stopped.get(10, TimeUnit.SECONDS);
        }
        assertThrows(IOException.class, () -> RawSocket.connect(port));
    }

    @Test
    void aPortInUseIsSaidPlainly() throws Exception {
        int port = start();
        PolicyServer second = new PolicyServer(PolicyServerConfig.of("127.0.0.1", port), policy, k -> (out, n) -> {},
                SamplingOptions.FROM_CHECKPOINT, Map.of(), ServerEvents.SILENT);
        IOException e = assertThrows(IOException.class, second::start);
        assertTrue(e.getMessage().startsWith("Cannot listen at 127.0.0.1:" + port + ": the port is in use"), e.getMessage());
    }

    @Test
    void ourOwnClientAgainstIt() throws Exception {
        int port = start(PolicyServerConfig.of("127.0.0.1", 0).withActionSteps(4));
        try (var client = WebSocketPolicyClient.connect(PolicyClientConfig.of("127.0.0.1", port), ConnectionEvents.SILENT)) {
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

    private static RawSocket open(int port) throws IOException {
        RawSocket raw = RawSocket.upgraded(port);
        assertEquals(RawSocket.BINARY, raw.read().opcode());
        return raw;
    }

    private static Map<?, ?> exchange(RawSocket raw, byte[] request) throws IOException {
        raw.sendBinary(request);
        RawSocket.Frame answer = raw.read();
        assertEquals(RawSocket.BINARY, answer.opcode(), answer.text());
        assertTrue(answer.fin());
        return (Map<?, ?>) Wire.decode(answer.payload());
    }

    private static void assertError(RawSocket raw, String words) throws IOException {
        RawSocket.Frame text = raw.read();
        assertEquals(RawSocket.TEXT, text.opcode());
        assertTrue(text.text().contains(words), text.text());
        assertFalse(text.text().contains("\tat "), "no stack traces for clients");
        RawSocket.Frame close = raw.read();
        assertEquals(RawSocket.CLOSE, close.opcode());
        assertEquals(1011, close.closeCode());
        assertEquals(ERROR_REASON, close.closeReason());
    }

    private static void assertRow(Map<?, ?> answer, float predictions, float observations, float state, float noise) {
        NdArray actions = (NdArray) answer.get("action");
        float[] row = Arrays.copyOf(actions.toFloats(), 4);
        assertArrayEquals(new float[] {predictions, observations, state, noise}, row);
    }

    private static byte[] request(float firstState) {
        return Wire.encode(observation(firstState));
    }

    private static Map<String, Object> observation(float firstState) {
        NdArray picture = NdArray.ofBytes(new byte[48 * 64 * 3], 48, 64, 3);
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("states", Map.of("arm", NdArray.ofFloats(new float[] {firstState, 0, 0, 0, 0, 0}, 6)));
        request.put("images", Map.of("front", picture, "wrist", picture));
        return request;
    }

    private static String http(int port, String request) throws IOException {
        try (RawSocket raw = RawSocket.connect(port)) {
            raw.write(request.getBytes(StandardCharsets.US_ASCII));
            return raw.readHead() + new String(raw.readRest(), StandardCharsets.UTF_8);
        }
    }

    private static void drain(RawSocket raw) {
        try {
            while (true) {
                raw.read();
            }
        } catch (EOFException e) {
            // The server ended it, as it should.
        } catch (IOException e) {
            assertFalse(e instanceof java.net.SocketTimeoutException, "the server keeps a broken connection");
        }
    }

    private void awaitLog(String entry) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (!log.contains(entry) && System.nanoTime() < deadline) {
            Thread.sleep(5);
        }
        assertTrue(log.contains(entry), entry + " in " + log);
    }

    private void awaitNoConnections() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(8);
        while (server.connectionCount() > 0 && System.nanoTime() < deadline) {
            Thread.sleep(5);
        }
        assertEquals(0, server.connectionCount(), log.toString());
    }

    private static void sleep(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
