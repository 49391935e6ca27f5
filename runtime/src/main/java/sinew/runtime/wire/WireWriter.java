package sinew.runtime.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;

/// The writing half of [Wire].
final class WireWriter {
    private final MessageBufferPacker out = MessagePack.newDefaultBufferPacker();

    static byte[] write(Object value) {
        try {
            WireWriter writer = new WireWriter();
            writer.value(value);
            return writer.out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
    }

    private void value(Object value) throws IOException {
        switch (value) {
            case null -> out.packNil();
            case Boolean b -> out.packBoolean(b);
            case Long n -> out.packLong(n);
            case Integer n -> out.packLong(n);
            case Short n -> out.packLong(n);
            case Byte n -> out.packLong(n);
            case BigInteger n -> out.packBigInteger(n);
            case Double x -> out.packDouble(x);
            case Float x -> out.packDouble(x);
            case String s -> text(s);
            case byte[] bytes -> bin(bytes, 0, bytes.length);
            case NdArray array -> ndarray(array);
            case NumpyScalar scalar -> scalar(scalar);
            case Map<?, ?> map -> map(map);
            case List<?> list -> list(list);
            case Object[] items -> list(Arrays.asList(items));
            case float[] items -> {
                out.packArrayHeader(items.length);
                for (float x : items) {
                    out.packDouble(x);
                }
            }
            case double[] items -> {
                out.packArrayHeader(items.length);
                for (double x : items) {
                    out.packDouble(x);
                }
            }
            default -> throw new IllegalArgumentException("the protocol has no form for a "
                    + value.getClass().getName());
        }
    }

    private void text(String s) throws IOException {
        byte[] utf8 = s.getBytes(StandardCharsets.UTF_8);
        out.packRawStringHeader(utf8.length);
        out.writePayload(utf8);
    }

    /// Adds the bytes by reference: they are copied once, when the message is put together.
    private void bin(byte[] bytes, int offset, int length) throws IOException {
        out.packBinaryHeader(length);
        out.addPayload(bytes, offset, length);
    }

    private void list(List<?> items) throws IOException {
        out.packArrayHeader(items.size());
        for (Object item : items) {
            value(item);
        }
    }

    private void map(Map<?, ?> map) throws IOException {
        out.packMapHeader(map.size());
        for (Map.Entry<?, ?> e : map.entrySet()) {
            if (!(e.getKey() instanceof String key)) {
                throw new IllegalArgumentException("a map's keys are strings, got " + e.getKey());
            }
            text(key);
            value(e.getValue());
        }
    }

    private void ndarray(NdArray array) throws IOException {
        out.packMapHeader(4);
        key(Markers.NDARRAY);
        out.packBoolean(true);
        key(Markers.DATA);
        bin(array.backing(), array.backingOffset(), array.byteLength());
        key(Markers.DTYPE);
        text(array.dtype());
        key(Markers.SHAPE);
        out.packArrayHeader(array.rank());
        for (int axis = 0; axis < array.rank(); axis++) {
            out.packLong(array.dim(axis));
        }
    }

    private void scalar(NumpyScalar scalar) throws IOException {
        out.packMapHeader(3);
        key(Markers.SCALAR);
        out.packBoolean(true);
        key(Markers.DATA);
        value(scalar.value());
        key(Markers.DTYPE);
        text(scalar.dtype());
    }

    /// The markers' keys are bin, not str: Python's reader recognises arrays by that.
    private void key(String name) throws IOException {
        byte[] ascii = name.getBytes(StandardCharsets.US_ASCII);
        out.packBinaryHeader(ascii.length);
        out.writePayload(ascii);
    }
}
