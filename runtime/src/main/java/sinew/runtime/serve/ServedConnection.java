package sinew.runtime.serve;

import io.undertow.websockets.core.CloseMessage;
import io.undertow.websockets.core.WebSocketCallback;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.xnio.IoUtils;
import sinew.engine.policy.ObservationException;
import sinew.runtime.wire.ProtocolException;

/// One client's connection: takes messages from the IO thread, answers them one after the other on a thread of its
/// own, so that predictions of several clients can share the policy's passes, and ends by itself when something is
/// wrong with it.
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
    private final ScheduledExecutorService timer;
    private final ServerEvents events;
    private final Consumer<ServedConnection> over;
    private final Thread thread;

    // Guarded by this.
    private final Deque<Message> waiting = new ArrayDeque<>();
    private boolean answering;
    private boolean sending;
    private boolean threadEnded;
    private boolean channelClosed;
    private boolean closing;
    private boolean closeWhenIdle;
    private boolean pingUnanswered;
    private String endReason = "closed by the client without saying so";
    private long waitingSince = System.nanoTime();
    private double prevTotalMs = Double.NaN;

    /// @param over told when the channel is closed and no request is being answered any more
    ServedConnection(
            long number,
            WebSocketChannel channel,
            SessionRequests requests,
            ScheduledExecutorService timer,
            ServerEvents events,
            Consumer<ServedConnection> over) {
        this.number = number;
        this.channel = channel;
        this.requests = requests;
        this.timer = timer;
        this.events = events;
        this.over = over;
        thread = Thread.ofPlatform().daemon().name("policy-" + number).unstarted(this::answerAll);
    }

    /// Sends the first message and begins to listen.
    void start(byte[] metadata, int maxMessageBytes) {
        channel.addCloseTask(ignored -> closed());
        thread.start();
        WebSockets.sendBinary(ByteBuffer.wrap(metadata), channel, onSent(() -> {}), SEND_TIMEOUT_MS);
        channel.getReceiveSetter().set(new MessageReceiver(this, maxMessageBytes));
        channel.resumeReceives();
    }

    /// A whole message; `bytes` now belong to this connection.
    synchronized void onMessage(byte[] bytes, int length) {
        if (closing || closeWhenIdle) {
            return;
        }
        if (waiting.size() < (answering || sending ? MAX_AHEAD : MAX_AHEAD + 1)) {
            waiting.add(new Message(bytes, length));
            notifyAll();
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
            close();
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
            if (closing) {
                return;
            }
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
            waiting.clear();
        }
        goAwayWhenIdle();
    }

    /// Waits until nothing is being answered any more, at most until `deadline` in [System#nanoTime].
    void awaitEnd(long deadline) throws InterruptedException {
        thread.join(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
    }

    void goAway() {
        close(CloseMessage.GOING_AWAY, "server is shutting down", "server is shutting down");
    }

    void drop() {
        IoUtils.safeClose(channel);
    }

    /// What the connection's thread does.
    private void answerAll() {
        try {
            for (Message message = next(); message != null; message = next()) {
                tryToAnswer(message);
                synchronized (this) {
                    answering = false;
                }
                goAwayWhenIdle();
            }
        } finally {
            synchronized (this) {
                threadEnded = true;
            }
            tellWhenOver();
        }
    }

    /// Waits for a request, and for the answer before it to be out; null when the connection ends.
    private synchronized Message next() {
        while (!closing && (sending || waiting.isEmpty())) {
            try {
                wait();
            } catch (InterruptedException e) {
                return null; // nobody does this, but who does wants an end
            }
        }
        answering = !closing;
        return closing ? null : waiting.poll();
    }

    private void tryToAnswer(Message message) {
        try {
            answer(message);
        } catch (ProtocolException e) {
            fail("The request cannot be read: " + e.getMessage(), null);
        } catch (ObservationException e) {
            fail(e.getMessage(), null);
        } catch (RuntimeException | Error e) {
            // Also out of memory: this client is told, the others live on.
            fail("The policy failed: " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()), e);
        }
    }

    private void answer(Message message) {
        double previous;
        synchronized (this) {
            previous = prevTotalMs;
        }
        SessionRequests.Reply reply = requests.handle(message.bytes(), message.length(), previous);
        synchronized (this) {
            sending = true;
        }
        WebSockets.sendBinary(
                ByteBuffer.wrap(reply.message()), channel, onSent(() -> answered(reply.timed())), SEND_TIMEOUT_MS);
        requests.prepare();
    }

    /// The answer is out: the next request may come.
    private void answered(boolean timed) {
        synchronized (this) {
            long now = System.nanoTime();
            if (timed) {
                prevTotalMs = (now - waitingSince) / 1e6;
            }
            waitingSince = now;
            sending = false;
            notifyAll();
        }
        goAwayWhenIdle();
    }

    private void goAwayWhenIdle() {
        synchronized (this) {
            if (!closeWhenIdle || answering || sending) {
                return;
            }
        }
        goAway();
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
        close();
        endReason = why;
        return true;
    }

    /// Lets the thread end.
    private synchronized void close() {
        closing = true;
        waiting.clear();
        notifyAll();
    }

    /// The channel is gone.
    private void closed() {
        synchronized (this) {
            close();
            channelClosed = true;
        }
        events.closed(number, endReason());
        tellWhenOver();
    }

    private void tellWhenOver() {
        synchronized (this) {
            if (!threadEnded || !channelClosed) {
                return;
            }
        }
        over.accept(this);
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
