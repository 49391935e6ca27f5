package sinew.runtime.serve;

import io.undertow.websockets.core.CloseMessage;
import io.undertow.websockets.core.WebSocketCallback;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.xnio.IoUtils;
import sinew.engine.policy.ObservationException;
import sinew.runtime.wire.ProtocolException;

/// One client's connection: takes messages from the IO thread, has them answered one after the other on the
/// policy thread, sends the answers, and ends by itself when something is wrong with it.
final class ServedConnection {
    /// The Python clients wait for each answer; who does not may be this many requests ahead.
    private static final int MAX_AHEAD = 4;
    private static final int SEND_TIMEOUT_MS = 30_000;
    private static final int CLOSE_TIMEOUT_MS = 3_000;
    private static final String ERROR_REASON = "Internal server error. Traceback included in previous frame.";

    private record Message(byte[] bytes, int length) {}

    final long number;
    private final WebSocketChannel channel;
    private final SessionRequests requests;
    private final Executor policyThread;
    private final ScheduledExecutorService timer;
    private final ServerEvents events;

    // Guarded by this.
    private final Deque<Message> ahead = new ArrayDeque<>();
    private boolean busy;
    private boolean closing;
    private boolean closeWhenIdle;
    private boolean pingUnanswered;
    private String endReason = "closed by the client without saying so";
    private long waitingSince = System.nanoTime();
    private double prevTotalMs = Double.NaN;

    ServedConnection(
            long number,
            WebSocketChannel channel,
            SessionRequests requests,
            Executor policyThread,
            ScheduledExecutorService timer,
            ServerEvents events) {
        this.number = number;
        this.channel = channel;
        this.requests = requests;
        this.policyThread = policyThread;
        this.timer = timer;
        this.events = events;
    }

    /// Sends the first message and begins to listen.
    void start(byte[] metadata, int maxMessageBytes) {
        channel.addCloseTask(ignored -> events.closed(number, endReason()));
        WebSockets.sendBinary(ByteBuffer.wrap(metadata), channel, onSent(() -> {}), SEND_TIMEOUT_MS);
        channel.getReceiveSetter().set(new MessageReceiver(this, maxMessageBytes));
        channel.resumeReceives();
    }

    /// A whole message; `bytes` now belong to this connection.
    synchronized void onMessage(byte[] bytes, int length) {
        if (closing || closeWhenIdle) {
            return;
        }
        if (!busy) {
            busy = true;
            submit(new Message(bytes, length));
        } else if (ahead.size() < MAX_AHEAD) {
            ahead.add(new Message(bytes, length));
        } else {
            fail("More than " + MAX_AHEAD + " requests were sent ahead; wait for each answer before the next request.",
                    null);
        }
    }

    void onText() {
        fail("A text frame arrived; requests are binary frames with MessagePack.", null);
    }

    void onTooBig() {
        close(CloseMessage.MSG_TOO_BIG, "message too big", "sent a message that is too big");
    }

    synchronized void onPong() {
        pingUnanswered = false;
    }

    synchronized void onPeerClosing(int code) {
        if (!closing) {
            closing = true;
            ahead.clear();
            endReason = "closed by the client (code " + code + ")";
        }
    }

    /// Reading failed: the peer broke the protocol or went away.
    void onBroken(Throwable error) {
        boolean violation = !(error instanceof IOException) || error.getClass().getName().contains("WebSocket");
        if (violation) {
            close(CloseMessage.PROTOCOL_ERROR, "", "broke the WebSocket protocol: " + error.getMessage());
        } else {
            ended("connection lost: " + error.getMessage());
            IoUtils.safeClose(channel);
        }
    }

    /// Pings the client, or drops it when it did not answer the last ping.
    void keepAlive() {
        boolean dead;
        synchronized (this) {
            dead = pingUnanswered;
            pingUnanswered = true;
        }
        if (dead) {
            close(CloseMessage.UNEXPECTED_ERROR, "keepalive ping timeout", "answers no pings");
        } else {
            WebSockets.sendPing(ByteBuffer.wrap(new byte[0]), channel, onSent(() -> {}));
        }
    }

    /// Ends the connection after the answer that is being made, or at once when there is none.
    void shutDown() {
        synchronized (this) {
            closeWhenIdle = true;
            ahead.clear();
            if (busy) {
                return;
            }
        }
        goAway();
    }

    void goAway() {
        close(CloseMessage.GOING_AWAY, "server is shutting down", "server is shutting down");
    }

    void drop() {
        IoUtils.safeClose(channel);
    }

    private void submit(Message message) {
        try {
            policyThread.execute(() -> process(message));
        } catch (RejectedExecutionException e) {
            goAway();
        }
    }

    /// On the policy thread.
    private void process(Message message) {
        double previous;
        synchronized (this) {
            if (closing) {
                return;
            }
            previous = prevTotalMs;
        }
        SessionRequests.Reply reply;
        try {
            reply = requests.handle(message.bytes(), message.length(), previous);
        } catch (ProtocolException e) {
            fail("The request cannot be read: " + e.getMessage(), null);
            return;
        } catch (ObservationException e) {
            fail(e.getMessage(), null);
            return;
        } catch (RuntimeException | Error e) {
            // Also out of memory: this client is told, the others live on.
            fail("The policy failed: " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()), e);
            return;
        }
        WebSockets.sendBinary(
                ByteBuffer.wrap(reply.message()), channel, onSent(() -> answered(reply.timed())), SEND_TIMEOUT_MS);
    }

    /// The answer is out: the next request may come.
    private void answered(boolean timed) {
        Message next;
        synchronized (this) {
            long now = System.nanoTime();
            if (timed) {
                prevTotalMs = (now - waitingSince) / 1e6;
            }
            waitingSince = now;
            next = ahead.poll();
            busy = next != null;
        }
        if (next != null) {
            submit(next);
        } else if (closeWhenIdle()) {
            goAway();
        }
    }

    private synchronized boolean closeWhenIdle() {
        return closeWhenIdle;
    }

    /// Tells the client in a text frame what was wrong and ends this connection, and no other.
    private void fail(String message, Throwable bug) {
        if (!ended("after an error")) {
            return;
        }
        events.failed(number, message, bug);
        WebSockets.sendText(message, channel, onSent(() -> sendClose(CloseMessage.UNEXPECTED_ERROR, ERROR_REASON)),
                SEND_TIMEOUT_MS);
    }

    private void close(int code, String reason, String why) {
        if (ended(why)) {
            sendClose(code, reason);
        }
    }

    private void sendClose(int code, String reason) {
        WebSockets.sendClose(code, reason, channel, null);
        // A peer that never answers the close frame must not keep the connection.
        try {
            timer.schedule(() -> IoUtils.safeClose(channel), CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            IoUtils.safeClose(channel);
        }
    }

    /// @return false when the connection was already ending
    private synchronized boolean ended(String why) {
        if (closing) {
            return false;
        }
        closing = true;
        ahead.clear();
        endReason = why;
        return true;
    }

    private synchronized String endReason() {
        return endReason;
    }

    private WebSocketCallback<Void> onSent(Runnable next) {
        // Undertow may report completion twice.
        AtomicBoolean reported = new AtomicBoolean();
        return new WebSocketCallback<>() {
            @Override
            public void complete(WebSocketChannel to, Void context) {
                if (reported.compareAndSet(false, true)) {
                    next.run();
                }
            }

            @Override
            public void onError(WebSocketChannel to, Void context, Throwable error) {
                ended("connection lost while sending: " + error.getMessage());
                IoUtils.safeClose(to);
            }
        };
    }
}
