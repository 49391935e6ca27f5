package sinew.engine.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Reads the header of a weights file front to back. Nothing is read or allocated before it is known that the file
/// is long enough to hold it.
final class HeaderCursor {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final long MAX_HEADER_BYTES = 1 << 24;

    private final Path path;
    private final FileChannel channel;
    private final long size;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
    private long bufferEnd;

    HeaderCursor(Path path, FileChannel channel, long size) {
        this.path = path;
        this.channel = channel;
        this.size = size;
    }

    /// Bytes from the start of the file.
    long position() {
        return bufferEnd - buffer.remaining();
    }

    long remaining() {
        return size - position();
    }

    int u8(String what) throws IOException {
        need(1, what);
        return Byte.toUnsignedInt(buffer.get());
    }

    int i16(String what) throws IOException {
        need(2, what);
        return buffer.getShort();
    }

    int i32(String what) throws IOException {
        need(4, what);
        return buffer.getInt();
    }

    long u32(String what) throws IOException {
        return Integer.toUnsignedLong(i32(what));
    }

    long i64(String what) throws IOException {
        need(8, what);
        return buffer.getLong();
    }

    /// A count that claims at least `bytesEach` bytes per item of what is left of the file.
    int count(String what, int bytesEach, int most) throws IOException {
        long at = position();
        long count = i64("number of " + what);
        if (count < 0 || count > most) {
            throw failure(at, "claims " + Long.toUnsignedString(count) + " " + what + ", at most " + most
                    + " are allowed. The file is damaged or not a weights file of sinew");
        }
        if (count * bytesEach > remaining()) {
            throw failure(at, "claims " + count + " " + what + ", which need at least " + count * bytesEach
                    + " bytes, but the file has only " + remaining() + " left. It was cut short or is damaged:"
                    + " copy or convert it again");
        }
        return (int) count;
    }

    /// A string of at most `most` bytes.
    String string(String what, int most) throws IOException {
        long at = position();
        int length = count("bytes for " + what, 1, most);
        byte[] bytes = new byte[length];
        for (int done = 0; done < length; ) {
            int part = Math.min(length - done, BUFFER_BYTES);
            need(part, what);
            buffer.get(bytes, done, part);
            done += part;
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw failure(at, what + " is not UTF-8. The file is damaged: convert it again");
        }
    }

    WeightsFormatException failure(long at, String problem) {
        return new WeightsFormatException(path, null, at, problem);
    }

    private void need(int bytes, String what) throws IOException {
        if (position() + bytes > MAX_HEADER_BYTES) {
            throw failure(position(), "the header is longer than " + MAX_HEADER_BYTES
                    + " bytes. It is not a file of sinew");
        }
        if (buffer.remaining() >= bytes) {
            return;
        }
        if (remaining() < bytes) {
            throw failure(position(), "the file ends inside " + what + ". It was cut short: copy or convert it again");
        }
        buffer.compact();
        while (buffer.position() < bytes) {
            int read = channel.read(buffer, bufferEnd);
            if (read < 0) {
                throw failure(bufferEnd, "the file shrank while it was read");
            }
            bufferEnd += read;
        }
        buffer.flip();
    }
}
