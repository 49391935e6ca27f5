package sinew.runtime.serve;

import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedBinaryMessage;
import io.undertow.websockets.core.CloseMessage;
import io.undertow.websockets.core.StreamSourceFrameChannel;
import io.undertow.websockets.core.WebSocketChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.xnio.ChannelListener;

/// Puts a connection's messages together from its frames, on an IO thread, and answers pings there.
///
/// A message grows in one heap buffer as its bytes arrive, whatever length its frames declare, so what is
/// decoded later needs no further copy.
final class MessageReceiver extends AbstractReceiveListener {
    private static final int SMALLEST_BUFFER = 4096;

    private final ServedConnection connection;
    private final int maxBytes;
    /// Clients send messages of one size: begin with room for one like the last.
    private int expectedBytes = SMALLEST_BUFFER;

    MessageReceiver(ServedConnection connection, int maxBytes) {
        this.connection = connection;
        this.maxBytes = maxBytes;
    }

    @Override
    public void handleEvent(WebSocketChannel channel) {
        try {
            super.handleEvent(channel);
        } catch (RuntimeException e) {
            // Undertow throws some violations of the protocol as runtime exceptions.
            onError(channel, e);
        }
    }

    @Override
    protected void onBinary(WebSocketChannel channel, StreamSourceFrameChannel source) {
        new Message(false).readFrom(source);
    }

    @Override
    protected void onText(WebSocketChannel channel, StreamSourceFrameChannel source) {
        new Message(true).readFrom(source);
    }

    @Override
    protected void onFullPongMessage(WebSocketChannel channel, BufferedBinaryMessage message) {
        message.getData().free();
        connection.onPong();
    }

    @Override
    protected void onCloseMessage(CloseMessage message, WebSocketChannel channel) {
        connection.onPeerClosing(message.getCode());
    }

    @Override
    protected void onError(WebSocketChannel channel, Throwable error) {
        connection.onBroken(error);
    }

    /// A message on its way in.
    private final class Message implements ChannelListener<StreamSourceFrameChannel> {
        private final boolean text;
        private ByteBuffer buffer;
        private boolean done;
        private boolean tooBig;

        Message(boolean text) {
            this.text = text;
            buffer = ByteBuffer.allocate(expectedBytes);
        }

        void readFrom(StreamSourceFrameChannel source) {
            read(source);
            if (!done) {
                source.getReadSetter().set(this);
                source.resumeReads();
            }
        }

        @Override
        public void handleEvent(StreamSourceFrameChannel source) {
            read(source);
            if (done) {
                source.suspendReads();
            }
        }

        /// Takes what is there.
        private void read(StreamSourceFrameChannel source) {
            try {
                while (!done) {
                    makeRoom();
                    int count = source.read(buffer);
                    if (count == 0) {
                        return;
                    }
                    if (count < 0) {
                        done = true;
                        deliver();
                    } else if (buffer.position() > maxBytes && !tooBig) {
                        tooBig = true;
                        connection.onTooBig();
                    }
                }
            } catch (IOException | RuntimeException e) {
                done = true;
                onError(null, e);
            }
        }

        private void makeRoom() {
            if (tooBig) {
                // The rest is read and dropped, so that the peer can finish sending and see the close frame.
                buffer.clear();
            } else if (!buffer.hasRemaining()) {
                int larger = (int) Math.min(2L * buffer.capacity(), maxBytes + 1L);
                buffer = ByteBuffer.allocate(larger).put(buffer.flip());
            }
        }

        private void deliver() {
            if (tooBig) {
                return;
            }
            expectedBytes = Math.max(SMALLEST_BUFFER, buffer.position() + 1);
            if (text) {
                connection.onText();
            } else {
                connection.onMessage(buffer.array(), buffer.position());
            }
        }
    }
}
