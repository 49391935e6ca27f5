package sinew.runtime.wire;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.msgpack.core.MessageFormat;
import org.msgpack.core.MessageInsufficientBufferException;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessageUnpacker;

/// The reading half of [Wire]. Every declared length is checked against the bytes that are left before
/// anything is allocated for it.
final class WireReader {
    private static final int MAX_DEPTH = 32;
    private static final int MAX_RANK = 32;
    /// Values in one message, apart from array data: a boxed value costs far more memory than its byte on the wire.
    private static final int MAX_VALUES = 1 << 20;

    private final byte[] message;
    private final int start;
    private final int length;
    private final MessageUnpacker in;
    private int values;

    WireReader(byte[] message, int start, int length) {
        this.message = message;
        this.start = start;
        this.length = length;
        this.in = MessagePack.newDefaultUnpacker(message, start, length);
    }

    Object readMessage() {
        try {
            Object value = value(0);
            if (remaining() > 0) {
                throw error(remaining() + " bytes after the end of the message");
            }
            return value;
        } catch (MessageInsufficientBufferException e) {
            throw error("the message ends in the middle of a value");
        } catch (MessagePackException e) {
            throw error("not MessagePack: " + e.getMessage());
        } catch (IOException e) {
            throw error("not MessagePack: " + e.getMessage());
        }
    }

    private Object value(int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw error("nested deeper than " + MAX_DEPTH + " levels");
        }
        if (++values > MAX_VALUES) {
            throw error("more than " + MAX_VALUES + " values; send numpy arrays instead of nested lists");
        }
        if (remaining() <= 0) {
            throw error(length == 0 ? "the message is empty" : "the message ends where a value should begin");
        }
        MessageFormat format = in.getNextFormat();
        return switch (format.getValueType()) {
            case NIL -> {
                in.unpackNil();
                yield null;
            }
            case BOOLEAN -> in.unpackBoolean();
            case INTEGER -> integer(format);
            case FLOAT -> in.unpackDouble();
            case STRING -> text(in.unpackRawStringHeader());
            case BINARY -> bin();
            case ARRAY -> list(depth);
            case MAP -> map(depth);
            case EXTENSION -> throw error("extension types are not part of the protocol");
        };
    }

    private Object integer(MessageFormat format) throws IOException {
        if (format != MessageFormat.UINT64) {
            return in.unpackLong();
        }
        BigInteger n = in.unpackBigInteger();
        return n.bitLength() < 64 ? (Object) n.longValue() : n;
    }

    private String text(int bytes) throws IOException {
        int at = skip(bytes, "a string");
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(message, at, bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new ProtocolException("a string is not valid UTF-8", at - start);
        }
    }

    private byte[] bin() throws IOException {
        int bytes = in.unpackBinaryHeader();
        int at = skip(bytes, "binary data");
        byte[] copy = new byte[bytes];
        System.arraycopy(message, at, copy, 0, bytes);
        return copy;
    }

    /// Steps over a payload and returns its index in `message`.
    private int skip(int bytes, String what) throws IOException {
        if (bytes > remaining()) {
            throw error(what + " declares " + bytes + " bytes, " + remaining() + " are left");
        }
        int at = start + (int) in.getTotalReadBytes();
        in.readPayloadAsReference(bytes);
        return at;
    }

    private List<Object> list(int depth) throws IOException {
        int count = in.unpackArrayHeader();
        if (count > remaining()) {
            throw error("an array declares " + count + " elements, " + remaining() + " bytes are left");
        }
        List<Object> out = new ArrayList<>(Math.min(count, 1024));
        for (int i = 0; i < count; i++) {
            out.add(value(depth + 1));
        }
        return out;
    }

    private Object map(int depth) throws IOException {
        long at = in.getTotalReadBytes();
        int count = in.unpackMapHeader();
        if (count > remaining() / 2) {
            throw error("a map declares " + count + " entries, " + remaining() + " bytes are left");
        }
        Map<String, Object> out = new LinkedHashMap<>(Math.min(2 * count, 1024));
        Slice data = null;
        boolean array = false;
        for (int i = 0; i < count; i++) {
            String key = key();
            array |= key.equals(Markers.NDARRAY);
            if (key.equals(Markers.DATA) && isBin()) {
                data = slice();
                out.put(key, data);
            } else {
                out.put(key, value(depth + 1));
            }
        }
        if (array) {
            return ndarray(out, at);
        }
        if (data != null && out.get(Markers.DATA) == data) {
            out.put(Markers.DATA, data.copy());
        }
        return out.containsKey(Markers.SCALAR) ? scalar(out, at) : out;
    }

    private String key() throws IOException {
        if (remaining() <= 0) {
            throw error("the message ends where a key should begin");
        }
        if (++values > MAX_VALUES) {
            throw error("more than " + MAX_VALUES + " values");
        }
        return switch (in.getNextFormat().getValueType()) {
            case STRING -> text(in.unpackRawStringHeader());
            case BINARY -> text(in.unpackBinaryHeader());
            default -> throw error("a map's key is neither a string nor bytes");
        };
    }

    private boolean isBin() throws IOException {
        return remaining() > 0
                && switch (in.getNextFormat()) {
                    case BIN8, BIN16, BIN32 -> true;
                    default -> false;
                };
    }

    /// Array data stays where it is in the message until somebody wants a copy.
    private Slice slice() throws IOException {
        int bytes = in.unpackBinaryHeader();
        return new Slice(message, skip(bytes, "array data"), bytes);
    }

    private static NdArray ndarray(Map<String, Object> map, long at) {
        if (!(map.get(Markers.DATA) instanceof Slice data)) {
            throw new ProtocolException("a numpy array without its 'data' bytes", at);
        }
        if (!(map.get(Markers.DTYPE) instanceof String dtype)) {
            throw new ProtocolException("a numpy array without its 'dtype' string", at);
        }
        if (!(map.get(Markers.SHAPE) instanceof List<?> dims)) {
            throw new ProtocolException("a numpy array without its 'shape' list", at);
        }
        if (dims.size() > MAX_RANK) {
            throw new ProtocolException("a numpy array of " + dims.size() + " dimensions", at);
        }
        int[] shape = new int[dims.size()];
        for (int i = 0; i < shape.length; i++) {
            if (!(dims.get(i) instanceof Long n) || n < 0 || n > Integer.MAX_VALUE) {
                throw new ProtocolException("a numpy array's shape holds " + dims.get(i), at);
            }
            shape[i] = n.intValue();
        }
        try {
            return new NdArray(dtype, shape, data.bytes, data.offset, data.length);
        } catch (IllegalArgumentException e) {
            throw new ProtocolException(e.getMessage(), at);
        }
    }

    private static NumpyScalar scalar(Map<String, Object> map, long at) {
        Object value = map.get(Markers.DATA);
        boolean plain = value instanceof Long || value instanceof Double || value instanceof Boolean
                || value instanceof String || value instanceof BigInteger;
        if (!plain || !(map.get(Markers.DTYPE) instanceof String dtype)) {
            throw new ProtocolException("a numpy scalar without a plain 'data' value and a 'dtype' string", at);
        }
        return new NumpyScalar(value, dtype);
    }

    private long remaining() {
        return length - in.getTotalReadBytes();
    }

    private ProtocolException error(String message) {
        return new ProtocolException(message, Math.min(in.getTotalReadBytes(), length));
    }

    private record Slice(byte[] bytes, int offset, int length) {
        byte[] copy() {
            return Arrays.copyOfRange(bytes, offset, offset + length);
        }
    }
}
