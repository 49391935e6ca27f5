package sinew.runtime.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.wire.NdArray;
import sinew.runtime.wire.Wire;

/// A server with a [FakePolicy] on an ephemeral port, and ways to talk to it.
abstract class ServerFixture {
    private static final String ERROR_REASON = "Internal server error. Traceback included in previous frame.";

    final FakePolicy policy = FakePolicy.lift();
    final List<String> log = Collections.synchronizedList(new ArrayList<>());
    PolicyServer server;

    int start() throws IOException {
        return start(PolicyServerConfig.of("127.0.0.1", 0));
    }

    int start(PolicyServerConfig config) throws IOException {
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

    static RawSocket open(int port) throws IOException {
        RawSocket raw = RawSocket.upgraded(port);
        assertEquals(RawSocket.BINARY, raw.read().opcode());
        return raw;
    }

    static Map<?, ?> exchange(RawSocket raw, byte[] request) throws IOException {
        raw.sendBinary(request);
        RawSocket.Frame answer = raw.read();
        while (answer.opcode() == RawSocket.PING) { // a machine so busy that the keep-alive is due
            answer = raw.read();
        }
        assertEquals(RawSocket.BINARY, answer.opcode(), answer.text());
        assertTrue(answer.fin());
        return (Map<?, ?>) Wire.decode(answer.payload());
    }

    static void assertError(RawSocket raw, String words) throws IOException {
        RawSocket.Frame text = raw.read();
        assertEquals(RawSocket.TEXT, text.opcode());
        assertTrue(text.text().contains(words), text.text());
        assertFalse(text.text().contains("\tat "), "no stack traces for clients");
        RawSocket.Frame close = raw.read();
        assertEquals(RawSocket.CLOSE, close.opcode());
        assertEquals(1011, close.closeCode());
        assertEquals(ERROR_REASON, close.closeReason());
    }

    static void assertRow(Map<?, ?> answer, float predictions, float observations, float state, float noise) {
        NdArray actions = (NdArray) answer.get("action");
        float[] row = Arrays.copyOf(actions.toFloats(), 4);
        assertArrayEquals(new float[] {predictions, observations, state, noise}, row);
    }

    static byte[] request(float firstState) {
        return Wire.encode(observation(firstState));
    }

    static Map<String, Object> observation(float firstState) {
        NdArray picture = NdArray.ofBytes(new byte[48 * 64 * 3], 48, 64, 3);
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("states", Map.of("arm", NdArray.ofFloats(new float[] {firstState, 0, 0, 0, 0, 0}, 6)));
        request.put("images", Map.of("front", picture, "wrist", picture));
        return request;
    }

    static String http(int port, String request) throws IOException {
        try (RawSocket raw = RawSocket.connect(port)) {
            raw.write(request.getBytes(StandardCharsets.US_ASCII));
            return raw.readHead() + new String(raw.readRest(), StandardCharsets.UTF_8);
        }
    }

    static void drain(RawSocket raw) {
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

    void awaitLog(String entry) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (!log.contains(entry) && System.nanoTime() < deadline) {
            Thread.sleep(5);
        }
        assertTrue(log.contains(entry), entry + " in " + log);
    }

    void awaitNoConnections() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(8);
        while (server.connectionCount() > 0 && System.nanoTime() < deadline) {
            Thread.sleep(5);
        }
        assertEquals(0, server.connectionCount(), log.toString());
    }

    static void sleep(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
