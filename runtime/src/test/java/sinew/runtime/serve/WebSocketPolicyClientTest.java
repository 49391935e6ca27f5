package sinew.runtime.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sinew.engine.policy.Image;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.wire.NdArray;
import sinew.runtime.wire.Wire;

@Timeout(30)
class WebSocketPolicyClientTest {
    private static final float[] STATE = {-3.5f, -98.25f, 96.5f, 74.125f, -0.75f, 20.5f};

    /// A whole connection as the Python server spoke it, frame for frame.
    @Test
    void understandsARecordedServer() throws Exception {
        List<byte[]> frames = recordedFrames();
        List<byte[]> requests = new ArrayList<>();
        try (ScriptedServer server = new ScriptedServer(peer -> {
            String head = peer.acceptUpgrade();
            assertEquals("Api-Key test-key-123", RawSocket.header(head, "Authorization"));
            assertNull(RawSocket.header(head, "Sec-WebSocket-Extensions"));
            assertNull(RawSocket.header(head, "Sec-WebSocket-Protocol"));
            assertTrue(head.startsWith("GET / HTTP/1.1\r\n"), head);
            peer.write(frames.get(0));
            for (int i = 1; i < 7; i++) {
                RawSocket.Frame frame = peer.read();
                assertTrue(frame.masked() && frame.fin() && frame.opcode() == RawSocket.BINARY);
                requests.add(frame.payload());
                peer.write(frames.get(i));
            }
            peer.write(frames.get(7));
        })) {
            PolicyClientConfig config = PolicyClientConfig.of("127.0.0.1", server.port).withApiKey("test-key-123");
            try (var client = WebSocketPolicyClient.connect(config, ConnectionEvents.SILENT)) {
                assertEquals("DiffusionPolicy", client.metadata().get("policy_type"));
                client.reset();
                Inference first = client.infer(lift());
                assertEquals(16, first.actions().length);
                assertEquals(6, first.actions()[0].length);
                assertEquals(-19.5f, first.actions()[0][1]);
                assertEquals(27.5f, first.actions()[15][5]);
                assertEquals(0.004537999984677299, first.inferMs());
                assertTrue(Double.isNaN(first.prevTotalMs()));
                assertTrue(first.roundTripMs() > 0);
                Inference lists = client.infer(lift());
                assertArrayEquals(first.actions()[7], lists.actions()[7]);
                assertEquals(1.3702960000046005, lists.prevTotalMs());
                assertEquals(12, client.infer(lift()).actions()[0].length);
                PolicyClientException flat = assertThrows(PolicyClientException.class, () -> client.infer(lift()));
                assertTrue(flat.getMessage().contains("float32 [6]"), flat.getMessage());
                PolicyClientException error = assertThrows(PolicyClientException.class, () -> client.infer(lift()));
                assertTrue(error.getMessage().startsWith("Error in inference server:\nTraceback"), error.getMessage());
                assertTrue(error.getMessage().contains("ValueError: Observation missing 'states' key"),
                        error.getMessage());
                assertFalse(error.connectionLost());
                PolicyClientException gone = assertThrows(PolicyClientException.class, () -> client.infer(lift()));
                assertTrue(gone.connectionLost());
                assertFalse(client.isConnected());
            }
            server.awaitEnd();
        }
        assertArrayEquals(golden("reset_request.bin"), requests.get(0));
        assertArrayEquals(golden("infer_request_lift.bin"), requests.get(1), "the very bytes that Python sends");
    }

    @Test
    void aFullRequestIsOneUnfragmentedFrame() throws Exception {
        Image big = new Image(480, 640, new byte[480 * 640 * 3]);
        EnvObservation observation = new EnvObservation(Map.of("arm", STATE), Map.of("front", big, "wrist", big), null);
        try (ScriptedServer server = new ScriptedServer(peer -> {
            peer.acceptUpgrade();
            peer.write(RawSocket.frame(true, RawSocket.BINARY, false, new byte[] {(byte) 0x80}));
            RawSocket.Frame frame = peer.read();
            assertTrue(frame.fin());
            assertEquals(127, frame.lengthForm());
            assertTrue(frame.payload().length > 2 * 480 * 640 * 3);
            // The answer comes in pieces, with a ping between them.
            byte[] answer = Wire.encode(Map.of("actions", NdArray.of("<f8", new byte[16 * 6 * 8], 16, 6)));
            peer.write(RawSocket.frame(false, RawSocket.BINARY, false, Arrays.copyOf(answer, 100)));
            peer.write(RawSocket.frame(true, RawSocket.PING, false, "hello".getBytes(StandardCharsets.US_ASCII)));
            peer.write(RawSocket.frame(true, 0, false, Arrays.copyOfRange(answer, 100, answer.length)));
            RawSocket.Frame pong = peer.read();
            assertEquals(RawSocket.PONG, pong.opcode());
            assertEquals("hello", pong.text());
            RawSocket.Frame close = peer.read();
            assertEquals(1000, close.closeCode());
            peer.write(RawSocket.frame(true, RawSocket.CLOSE, false, close.payload()));
        })) {
            try (var client = connect(server.port)) {
                Inference inference = client.infer(observation);
                assertEquals(16, inference.actions().length);
                assertTrue(Double.isNaN(inference.inferMs()), "a server without timing");
                assertFalse(client.canObserve());
            }
            server.awaitEnd();
        }
    }

    @Test
    void answersPingsWhileNobodyAsks() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> {
            peer.acceptUpgrade();
            peer.write(RawSocket.frame(true, RawSocket.BINARY, false, new byte[] {(byte) 0x80}));
            for (int i = 0; i < 5; i++) {
                peer.write(RawSocket.frame(true, RawSocket.PING, false, new byte[] {(byte) i}));
                RawSocket.Frame pong = peer.read();
                assertEquals(RawSocket.PONG, pong.opcode());
                assertEquals(i, pong.payload()[0]);
            }
        })) {
            try (var client = connect(server.port)) {
                server.awaitEnd();
                assertTrue(client.metadata().isEmpty());
            }
        }
    }

    @Test
    void waitsForAServerThatIsNotThereYet() throws Exception {
        int port = freePort();
        CountDownLatch refused = new CountDownLatch(2);
        List<String> said = new ArrayList<>();
        ConnectionEvents events = new ConnectionEvents() {
            @Override
            public void waiting(String address) {
                said.add("waiting " + address);
            }

            @Override
            public void retrying(String address, String reason, Duration pause) {
                said.add(reason);
                refused.countDown();
            }

            @Override
            public void connected(String address) {
                said.add("connected");
            }
        };
        Thread late = Thread.ofPlatform().daemon().start(() -> {
            try (ServerSocket listener = awaitThenListen(refused, port);
                    RawSocket peer = new RawSocket(listener.accept())) {
                peer.acceptUpgrade();
                peer.write(RawSocket.frame(true, RawSocket.BINARY, false, new byte[] {(byte) 0x80}));
                peer.read();
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        PolicyClientConfig config = PolicyClientConfig.of("0.0.0.0", port).withRetryEvery(Duration.ofMillis(50));
        WebSocketPolicyClient.connect(config, events).close();
        late.join(5000);
        assertEquals("waiting ws://0.0.0.0:" + port, said.getFirst());
        assertEquals("Connection refused", said.get(1));
        assertEquals("connected", said.getLast());
    }

    private static ServerSocket awaitThenListen(CountDownLatch latch, int port) throws IOException,
            InterruptedException {
        assertTrue(latch.await(10, TimeUnit.SECONDS));
        return new ServerSocket(port);
    }

    @Test
    void givesUpAfterTheLongestWait() throws Exception {
        PolicyClientConfig config = PolicyClientConfig.of("127.0.0.1", freePort())
                .withRetryEvery(Duration.ofMillis(20))
                .withMaxWait(Duration.ofMillis(100));
        PolicyClientException e = assertThrows(
                PolicyClientException.class, () -> WebSocketPolicyClient.connect(config, ConnectionEvents.SILENT));
        assertTrue(e.getMessage().startsWith("No policy server at ws://127.0.0.1:"), e.getMessage());
    }

    @Test
    void refusalsAreNotRetried() throws Exception {
        for (String status : List.of("401 Unauthorized", "404 Not Found")) {
            try (ScriptedServer server = new ScriptedServer(peer -> {
                peer.readHead();
                peer.write(("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
            })) {
                PolicyClientException e = assertThrows(PolicyClientException.class, () -> connect(server.port));
                assertFalse(e.connectionLost());
                assertTrue(e.getMessage().contains("HTTP " + status.substring(0, 3)), e.getMessage());
            }
        }
        PolicyClientException e = assertThrows(
                PolicyClientException.class,
                () -> WebSocketPolicyClient.connect(PolicyClientConfig.of("no-such-host.invalid", 8000),
                ConnectionEvents.SILENT));
        assertTrue(e.getMessage().contains("no host of the name"), e.getMessage());
    }

    @Test
    void reconnectsToAServerThatDied() throws Exception {
        byte[] answer = Wire.encode(Map.of("action", NdArray.ofFloats(new float[] {1, 2}, 1, 2)));
        ScriptedServer.Script dies = peer -> {
            greet(peer);
            peer.read();
        };
        ScriptedServer.Script works = peer -> {
            greet(peer);
            peer.read();
            peer.write(RawSocket.frame(true, RawSocket.BINARY, false, answer));
            peer.read();
        };
        try (ScriptedServer server = new ScriptedServer(dies, works);
                var client = connect(server.port)) {
            PolicyClientException e = assertThrows(PolicyClientException.class, () -> client.infer(lift()));
            assertTrue(e.connectionLost(), e.getMessage());
            client.reconnect(Duration.ofSeconds(5));
            assertArrayEquals(new float[] {1, 2}, client.infer(lift()).actions()[0]);
        }
        ScriptedServer mortal = new ScriptedServer(dies);
        try (var client = connect(mortal.port)) {
            assertThrows(PolicyClientException.class, () -> client.infer(lift()));
            mortal.close();
            PolicyClientException e =
                    assertThrows(PolicyClientException.class, () -> client.reconnect(Duration.ofMillis(300)));
            assertTrue(e.connectionLost(), e.getMessage());
        }
    }

    @Test
    void aSilentServerTimesOut() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> {
            greet(peer);
            peer.read();
            peer.in().read();
        })) {
            PolicyClientConfig config =
                    PolicyClientConfig.of("127.0.0.1", server.port).withRequestTimeout(Duration.ofMillis(200));
            try (var client = WebSocketPolicyClient.connect(config, ConnectionEvents.SILENT)) {
                PolicyClientException e = assertThrows(PolicyClientException.class, () -> client.infer(lift()));
                assertTrue(e.connectionLost());
                assertTrue(e.getMessage().contains("No answer"), e.getMessage());
                assertFalse(client.isConnected());
            }
        }
    }

    @Test
    void closingWakesARequestThatWaits() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (ScriptedServer server = new ScriptedServer(peer -> {
            greet(peer);
            peer.read();
            asked.countDown();
            peer.read();
        })) {
            var client = connect(server.port);
            Thread closer = Thread.ofPlatform().start(() -> {
                try {
                    asked.await();
                    client.close();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertTrue(assertThrows(PolicyClientException.class, () -> client.infer(lift())).connectionLost());
            closer.join();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"x\": 1}", "{\"action\": [1.0, 2.0]}", "{\"action\": [[1.0], [1.0, 2.0]]}", "{\"action\": []}",
        "{\"action\": [[\"a\"]]}", "{\"action\": \"no\"}", "{\"action\": [[]]}", "[1]", "\"nan\"", "\"inf\"",
        "\"garbage\""
    })
    void chunksThatNoRobotShouldSee(String json) throws Exception {
        Object value = new com.fasterxml.jackson.databind.ObjectMapper().readValue(json, Object.class);
        byte[] answer = switch (json) {
            case "\"nan\"" -> Wire.encode(Map.of("action", NdArray.ofFloats(new float[] {0, Float.NaN}, 1, 2)));
            case "\"inf\"" -> Wire.encode(Map.of("action", List.of(List.of(Double.POSITIVE_INFINITY))));
            case "\"garbage\"" -> new byte[] {(byte) 0xC1};
            default -> Wire.encode(value);
        };
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    greet(peer);
                    peer.read();
                    peer.write(RawSocket.frame(true, RawSocket.BINARY, false, answer));
                    peer.read();
                });
                var client = connect(server.port)) {
            PolicyClientException e = assertThrows(PolicyClientException.class, () -> client.infer(lift()));
            assertTrue(e.getMessage().startsWith("The server's answer "), e.getMessage());
            assertFalse(e.connectionLost());
        }
    }

    @Test
    void addresses() {
        assertEquals("ws://127.0.0.1:8000", PolicyClientConfig.of("0.0.0.0", 8000).connectAddress().toString());
        assertEquals("ws://[::1]:8000", PolicyClientConfig.of("::", 8000).connectAddress().toString());
        assertEquals("ws://[fe80::1]:8000", PolicyClientConfig.of("fe80::1", 8000).connectAddress().toString());
        assertEquals("wss://example.org/x",
                PolicyClientConfig.of("wss://example.org/x", 8000).connectAddress().toString());
        assertEquals("ws://0.0.0.0:8000", PolicyClientConfig.of("0.0.0.0", 8000).displayAddress());
        for (String bad : List.of("", "http://localhost", "localhost:8000", "a b", "ws://")) {
            assertThrows(IllegalArgumentException.class, () -> PolicyClientConfig.of(bad, 8000), bad);
        }
        assertThrows(IllegalArgumentException.class, () -> PolicyClientConfig.of("localhost", 0));
        assertThrows(IllegalArgumentException.class, () -> PolicyClientConfig.of("localhost", 65536));
    }

    private static WebSocketPolicyClient connect(int port) {
        return WebSocketPolicyClient.connect(PolicyClientConfig.of("127.0.0.1", port), ConnectionEvents.SILENT);
    }

    private static void greet(RawSocket peer) throws IOException {
        peer.acceptUpgrade();
        peer.write(RawSocket.frame(true, RawSocket.BINARY, false, new byte[] {(byte) 0x80}));
    }

    static EnvObservation lift() {
        Map<?, ?> request = (Map<?, ?>) Wire.decode(golden("infer_request_lift.bin"));
        Map<String, Image> images = new LinkedHashMap<>();
        ((Map<?, ?>) request.get("images"))
                .forEach((camera, array) ->
                images.put((String) camera, new Image(48, 64, ((NdArray) array).toBytes())));
        return new EnvObservation(Map.of("arm", STATE), images, "lift up the red cube");
    }

    private static List<byte[]> recordedFrames() {
        byte[] stream = golden("raw_connection_server_to_client.bin");
        List<byte[]> frames = new ArrayList<>();
        int at = 0;
        while (at < stream.length) {
            int length = stream[at + 1] & 0x7F;
            int size = length < 126 ? 2 + length : 4 + ((stream[at + 2] & 0xFF) << 8 | stream[at + 3] & 0xFF);
            frames.add(Arrays.copyOfRange(stream, at, at + size));
            at += size;
        }
        return frames;
    }

    static byte[] golden(String file) {
        try (InputStream in = WebSocketPolicyClientTest.class.getResourceAsStream("/goldens/wire/" + file)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
