package sinew.runtime.monitor;

import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.CloseMessage;
import io.undertow.websockets.core.WebSocketCallback;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import sinew.runtime.control.OperatorPanel;

/// One browser that watches.
///
/// An update is its camera frames and then the telemetry, whose number the browser sends back as a decimal
/// text message. No more than [#WINDOW] updates are under way at any time, so a slow browser or a bad radio
/// link gets fewer pictures, never old ones, and what waits here is bounded.
///
/// Used on the monitor thread, except for the receiving side.
final class Watcher extends AbstractReceiveListener {
    private static final int WINDOW = 2;
    private static final long HEARTBEAT_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long GIVE_UP_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final int MAX_MESSAGE = 64;

    private final WebSocketChannel channel;
    private final Runnable wake;
    private final ArrayDeque<Long> underWay = new ArrayDeque<>(WINDOW);
    private volatile long acknowledged;
    private volatile boolean broken;
    private long seq;
    private long pictures;
    private OperatorPanel.Status status;
    private long sentAt;

    /// @param wake called when this browser can take more
    Watcher(WebSocketChannel channel, Runnable wake) {
        this.channel = channel;
        this.wake = wake;
    }

    /// The newest step that was sent; 0 before the first.
    long seq() {
        return seq;
    }

    boolean gone() {
        return broken || closed();
    }

    boolean closed() {
        return !channel.isOpen();
    }

    /// Is there something to tell, and room for it?
    boolean wants(long newestSeq, boolean newPictures, OperatorPanel.Status newestStatus, long now) {
        long seen = acknowledged;
        while (!underWay.isEmpty() && underWay.peekFirst() <= seen) {
            underWay.removeFirst();
        }
        if (underWay.size() >= WINDOW) {
            if (now - sentAt > GIVE_UP_NANOS) {
                close(CloseMessage.GOING_AWAY, "nothing acknowledged for 30 s");
            }
            return false;
        }
        return newestSeq != seq
                || newPictures && newestSeq != pictures
                || !newestStatus.equals(status)
                || now - sentAt > HEARTBEAT_NANOS;
    }

    /// Sends the frames, unless this browser has them, and the telemetry.
    void send(
            long update,
            byte[] telemetry,
            long newSeq,
            List<FrameMessage> frames,
            long framesOf,
            OperatorPanel.Status shown) {
        underWay.addLast(update);
        seq = newSeq;
        status = shown;
        sentAt = System.nanoTime();
        if (framesOf != pictures) {
            pictures = framesOf;
            for (FrameMessage frame : frames) {
                WebSockets.sendBinary(frame.message(), channel, onFailure());
            }
        }
        WebSockets.sendText(ByteBuffer.wrap(telemetry), channel, onFailure());
    }

    void close(int code, String reason) {
        broken = true;
        WebSockets.sendClose(code, reason, channel, null);
    }

    private WebSocketCallback<Void> onFailure() {
        return new WebSocketCallback<>() {
            @Override
            public void complete(WebSocketChannel sent, Void context) {}

            @Override
            public void onError(WebSocketChannel failed, Void context, Throwable cause) {
                broken = true;
            }
        };
    }

    @Override
    protected void onFullTextMessage(WebSocketChannel from, BufferedTextMessage message) {
        try {
            acknowledged = Math.max(acknowledged, Long.parseLong(message.getData()));
            wake.run();
        } catch (NumberFormatException e) {
            WebSockets.sendClose(CloseMessage.PROTOCOL_ERROR, "expected the number of an update", from, null);
        }
    }

    @Override
    protected long getMaxTextBufferSize() {
        return MAX_MESSAGE;
    }

    @Override
    protected long getMaxBinaryBufferSize() {
        return MAX_MESSAGE;
    }

    @Override
    protected void onError(WebSocketChannel from, Throwable error) {
        broken = true;
        super.onError(from, error);
    }
}
