package sinew.runtime.serve;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// One WebSocket connection with blocking calls. Frames are read on the HTTP client's thread, which also
/// answers pings whatever the caller is doing. Each message leaves as one unfragmented frame.
final class WebSocketLink {
    /// What arrived.
    sealed interface Incoming {
        record Binary(byte[] bytes) implements Incoming {}

        record Text(String text) implements Incoming {}

        /// The end of the connection; nothing follows.
        record Gone(String reason) implements Incoming {}
    }

    /// In lockstep one message is under way, and perhaps the end of the connection after it.
    private static final int INBOX = 4;
    private static final long CLOSE_TIMEOUT_MS = 1000;

    private final BlockingQueue<Incoming> inbox = new ArrayBlockingQueue<>(INBOX);
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final int maxMessageBytes;
    private WebSocket socket;
    private volatile String endReason;

    private WebSocketLink(int maxMessageBytes) {
        this.maxMessageBytes = maxMessageBytes;
    }

    /// @throws ExecutionException with the reason as its cause
    static WebSocketLink open(HttpClient http, URI uri, String apiKey, Duration timeout, int maxMessageBytes)
            throws InterruptedException, ExecutionException, TimeoutException {
        WebSocketLink link = new WebSocketLink(maxMessageBytes);
        WebSocket.Builder builder = http.newWebSocketBuilder().connectTimeout(timeout);
        if (apiKey != null) {
            builder.header("Authorization", "Api-Key " + apiKey);
        }
        CompletableFuture<WebSocket> opening = builder.buildAsync(uri, link.new Receiver());
        try {
            link.socket = opening.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | InterruptedException e) {
            opening.whenComplete((late, failure) -> {
                if (late != null) {
                    late.abort();
                }
            });
            throw e;
        }
        return link;
    }

    boolean isOpen() {
        return endReason == null;
    }

    /// Sends one binary message.
    void send(byte[] message, Duration timeout) throws IOException, InterruptedException {
        if (endReason != null) {
            throw new IOException(endReason);
        }
        try {
            socket.sendBinary(ByteBuffer.wrap(message), true).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            String reason = endReason != null ? endReason : "sending failed: " + e.getCause().getMessage();
            throw new IOException(reason, e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("sending did not finish within " + timeout.toSeconds() + " s", e);
        }
    }

    /// The next message, or null when none came in time. Text that arrived before the end is reported before it.
    Incoming receive(Duration timeout) throws InterruptedException {
        Incoming next = inbox.poll();
        if (next == null && endReason == null) {
            next = inbox.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
        }
        if (next == null && endReason != null) {
            next = new Incoming.Gone(endReason);
        }
        return next;
    }

    /// Says goodbye and leaves, waiting a moment for the peer's goodbye.
    void close() {
        if (endReason == null) {
            try {
                socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
                ended.get(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
            } catch (ExecutionException | TimeoutException e) {
                // The peer does not answer: leave without it.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        abort("closed by this side");
    }

    /// Leaves at once.
    void abort(String reason) {
        end(reason);
        socket.abort();
    }

    private void end(String reason) {
        if (endReason == null) {
            endReason = reason;
        }
        ended.complete(null);
        // Wakes whoever waits; where the inbox is full, endReason is found after it.
        inbox.offer(new Incoming.Gone(reason));
    }

    /// Runs on the HTTP client's thread, one call at a time.
    private final class Receiver implements WebSocket.Listener {
        private final ByteArrayOutputStream binary = new ByteArrayOutputStream();
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
            if (binary.size() + data.remaining() > maxMessageBytes) {
                giveUp(from, "the server sent a message of more than " + maxMessageBytes + " bytes");
                return null;
            }
            byte[] part = new byte[data.remaining()];
            data.get(part);
            binary.writeBytes(part);
            if (last) {
                deliver(from, new Incoming.Binary(binary.toByteArray()));
                binary.reset();
            }
            from.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            if (text.length() + data.length() > maxMessageBytes) {
                giveUp(from, "the server sent a text of more than " + maxMessageBytes + " characters");
                return null;
            }
            text.append(data);
            if (last) {
                deliver(from, new Incoming.Text(text.toString()));
                text.setLength(0);
            }
            from.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            end("the server closed the connection (code " + code + (reason.isEmpty() ? "" : ": " + reason) + ")");
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            String message = error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
            end("the connection broke: " + message);
        }

        private void deliver(WebSocket from, Incoming message) {
            if (!inbox.offer(message)) {
                giveUp(from, "the server sends messages that nobody asked for");
            }
        }

        private void giveUp(WebSocket from, String reason) {
            end(reason);
            from.abort();
        }
    }
}
