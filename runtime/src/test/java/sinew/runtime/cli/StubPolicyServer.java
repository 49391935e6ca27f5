package sinew.runtime.cli;

import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedBinaryMessage;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import sinew.runtime.wire.NdArray;
import sinew.runtime.wire.Wire;

/// A policy server without a policy: answers every observation with a chunk of sines. For tests of the client side.
final class StubPolicyServer implements AutoCloseable {
    private static final int MAX_MESSAGE = 16 << 20;

    final AtomicInteger inferences = new AtomicInteger();
    final AtomicInteger resets = new AtomicInteger();
    private final Undertow server;
    private final int actionDim;
    /// How long every inference after the first takes.
    volatile int thinkMs;

    /// Whole-process server for runs by hand and by forked tests: prints its port, ends with standard input.
    public static void main(String[] args) throws Exception {
        try (StubPolicyServer server = new StubPolicyServer(Integer.parseInt(args[0]), Integer.parseInt(args[1]))) {
            System.out.println(server.port());
            while (System.in.read() >= 0) {
                // until the end of standard input
            }
        }
    }

    StubPolicyServer(int port, int actionDim) {
        this(port, actionDim, Map.of());
    }

    /// @param statistics told to clients as the policy's
    StubPolicyServer(int port, int actionDim, Map<String, Object> statistics) {
        this.actionDim = actionDim;
        server = Undertow.builder()
                .addHttpListener(port, "127.0.0.1")
                .setIoThreads(1)
                .setWorkerThreads(1)
                .setHandler(Handlers.websocket((exchange, channel) -> {
                    channel.getReceiveSetter().set(new Listener());
                    channel.resumeReceives();
                    send(channel, Map.of("policy_type", "Stub", "task", actionDim == 6 ? "lift" : "sort",
                            "statistics", statistics));
                }))
                .build();
        server.start();
    }

    int port() {
        return ((InetSocketAddress) server.getListenerInfo().getFirst().getAddress()).getPort();
    }

    private static void send(WebSocketChannel channel, Map<String, Object> message) {
        WebSockets.sendBinary(ByteBuffer.wrap(Wire.encode(message)), channel, null);
    }

    private void answer(WebSocketChannel channel, Map<?, ?> request) {
        if (request.containsKey("reset")) {
            resets.incrementAndGet();
            send(channel, Map.of("reset", true));
            return;
        }
        int n = inferences.getAndIncrement();
        if (n > 0) {
            for (long end = System.nanoTime() + thinkMs * 1_000_000L; System.nanoTime() < end;) {
                LockSupport.parkNanos(end - System.nanoTime());
            }
        }
        float[] chunk = new float[16 * actionDim];
        for (int i = 0; i < chunk.length; i++) {
            chunk[i] = (float) Math.sin(0.1 * (16 * n + i / actionDim) + i % actionDim);
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("action", NdArray.ofFloats(chunk, 16, actionDim));
        answer.put("server_timing", Map.of("infer_ms", 1.5));
        send(channel, answer);
    }

    @Override
    public void close() {
        server.stop();
    }

    private final class Listener extends AbstractReceiveListener {
        @Override
        protected long getMaxBinaryBufferSize() {
            return MAX_MESSAGE;
        }

        @Override
        protected void onFullBinaryMessage(WebSocketChannel channel, BufferedBinaryMessage message) {
            byte[] bytes;
            try (var data = message.getData()) {
                ByteBuffer whole = WebSockets.mergeBuffers(data.getResource());
                bytes = new byte[whole.remaining()];
                whole.get(bytes);
            }
            answer(channel, (Map<?, ?>) Wire.decode(bytes));
        }
    }
}
