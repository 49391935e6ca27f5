package sinew.runtime.serve;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// A server on an ephemeral port that plays one script per connection, for testing clients.
final class ScriptedServer implements AutoCloseable {
    @FunctionalInterface
    interface Script {
        void play(RawSocket peer) throws IOException;
    }

    final int port;
    private final ServerSocket listener;
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    ScriptedServer(Script... scripts) throws IOException {
        listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        port = listener.getLocalPort();
        Thread.ofPlatform().daemon().name("scripted-server").start(() -> {
            try {
                for (Script script : scripts) {
                    try (RawSocket peer = new RawSocket(listener.accept())) {
                        script.play(peer);
                    }
                }
                done.complete(null);
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
    }

    /// Waits for the scripts' end and throws what failed in them.
    void awaitEnd() throws Exception {
        done.get(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
