package sinew.runtime.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static sinew.runtime.serve.WebSocketPolicyClientTest.golden;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.wire.Wire;

/// What the server does when clients, requests, the policy or the port misbehave, and how it ends.
@Timeout(60)
class PolicyServerFailuresTest extends ServerFixture {
    @Test
    void errorsAreTextThenClose1011AndEndOnlyThatConnection() throws Exception {
        int port = start();
        try (RawSocket bystander = open(port)) {
            Map<String, byte[]> bad = new LinkedHashMap<>();
            bad.put("camera 'front' is missing",
                    Wire.encode(Map.of("states", Map.of("arm", List.of(1, 2, 3, 4, 5, 6)))));
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
        int port = start(PolicyServerConfig.of("127.0.0.1", 0).withKeepAlive(Duration.ofMillis(500)));
        try (RawSocket silent = open(port);
                var client = WebSocketPolicyClient.connect(PolicyClientConfig.of("127.0.0.1", port),
                        ConnectionEvents.SILENT)) {
            assertEquals(RawSocket.PING, silent.read().opcode());
            RawSocket.Frame close = silent.read();
            assertEquals(1011, close.closeCode());
            assertEquals("keepalive ping timeout", close.closeReason());
            sleep(1200);
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

    /// Or clients that come and go could pile up predictions without end.
    @Test
    void oneThatLeftCountsUntilItsPredictionIsOver() throws Exception {
        int port = start(PolicyServerConfig.of("127.0.0.1", 0).withMaxConnections(1));
        CountDownLatch inside = new CountDownLatch(1);
        Semaphore gate = new Semaphore(0);
        policy.during = o -> {
            inside.countDown();
            gate.acquireUninterruptibly();
        };
        RawSocket leaving = open(port);
        leaving.sendBinary(request(1));
        assertTrue(inside.await(10, TimeUnit.SECONDS));
        leaving.close();
        awaitLog("0 closed by the client (code 1001)");
        String handshake = new String(golden("raw_handshake_request.bin"), StandardCharsets.US_ASCII);
        assertTrue(http(port, handshake).startsWith("HTTP/1.1 503 "));
        gate.release();
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
        assertTrue(e.getMessage().startsWith("Cannot listen at 127.0.0.1:" + port + ": the port is in use"),
                e.getMessage());
    }
}
