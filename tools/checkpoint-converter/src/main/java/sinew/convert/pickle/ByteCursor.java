package sinew.convert.pickle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// The bytes of a pickle, read once from front to back. A length is believed only if as many bytes follow.
final class ByteCursor {
    private final ByteBuffer bytes;

    ByteCursor(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    int position() {
        return bytes.position();
    }

    int remaining() {
        return bytes.remaining();
    }

    int u8() {
        return Byte.toUnsignedInt(need(1).get());
    }

    int u16() {
        return Short.toUnsignedInt(need(2).getShort());
    }

    int i32() {
        return need(4).getInt();
    }

    long u32() {
        return Integer.toUnsignedLong(need(4).getInt());
    }

    long i64() {
        return need(8).getLong();
    }

    /// The one number that pickles store with its high byte first.
    double bigEndianDouble() {
        return Double.longBitsToDouble(Long.reverseBytes(i64()));
    }

    /// A whole number in two's complement, lowest byte first.
    long integer(int length) {
        if (length > Long.BYTES) {
            throw new PickleException("holds an integer of " + length + " bytes at byte " + position()
                    + ", at most 8 are read");
        }
        need(length);
        long value = 0;
        for (int i = 0; i < length; i++) {
            value |= (long) Byte.toUnsignedInt(bytes.get()) << (8 * i);
        }
        int unused = Long.SIZE - 8 * length;
        return length == 0 ? 0 : value << unused >> unused;
    }

    byte[] take(long length) {
        need(length);
        byte[] out = new byte[(int) length];
        bytes.get(out);
        return out;
    }

    String utf8(long length) {
        need(length);
        ByteBuffer text = bytes.slice(bytes.position(), (int) length);
        try {
            String value = StandardCharsets.UTF_8.newDecoder().decode(text).toString();
            bytes.position(bytes.position() + (int) length);
            return value;
        } catch (CharacterCodingException e) {
            throw new PickleException("holds text at byte " + position() + " that is not UTF-8");
        }
    }

    String line() {
        int end = bytes.position();
        while (end < bytes.limit() && bytes.get(end) != '\n') {
            end++;
        }
        String line = utf8(end - bytes.position());
        u8();
        return line;
    }

    private ByteBuffer need(long length) {
        if (length < 0 || length > bytes.remaining()) {
            throw new PickleException("ends too early: " + Long.toUnsignedString(length) + " bytes should follow byte "
                    + position() + ", but only " + bytes.remaining() + " do");
        }
        return bytes;
    }
}
