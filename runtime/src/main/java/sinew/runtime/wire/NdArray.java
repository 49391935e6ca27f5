package sinew.runtime.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;

/// A numpy array as it travels: dtype string, shape, raw elements in row-major order.
///
/// An array that was decoded shares its bytes with the message that it came in and keeps that message
/// alive; the `to...` methods copy.
public final class NdArray {
    private final String dtype;
    private final Dtype parsed;
    private final int[] shape;
    private final int size;
    private final byte[] bytes;
    private final int offset;

    /// @param bytes  holds the elements from `offset` on; shared, not copied
    /// @throws IllegalArgumentException says how dtype, shape and length do not fit
    NdArray(String dtype, int[] shape, byte[] bytes, int offset, int length) {
        this.dtype = dtype;
        this.parsed = Dtype.parse(dtype);
        if (parsed == null) {
            throw new IllegalArgumentException("dtype '" + dtype
                    + "' is none of f2 f4 f8, i1-i8, u1-u8, b1, U<n>, S<n>");
        }
        this.shape = shape;
        long elements = elements(shape);
        if (elements < 0 || elements > Integer.MAX_VALUE || elements * parsed.itemSize() != length) {
            throw new IllegalArgumentException("an array of shape " + Arrays.toString(shape) + " and dtype " + dtype
                    + " does not have " + length + " bytes of data");
        }
        this.size = (int) elements;
        this.bytes = bytes;
        this.offset = offset;
    }

    /// An array over `bytes`, which are not copied.
    public static NdArray of(String dtype, byte[] bytes, int... shape) {
        return new NdArray(dtype, shape.clone(), bytes, 0, bytes.length);
    }

    /// A uint8 array over `bytes`, which are not copied: an image is [H, W, 3].
    public static NdArray ofBytes(byte[] bytes, int... shape) {
        return of("|u1", bytes, shape);
    }

    /// A float32 array with a copy of `values`.
    public static NdArray ofFloats(float[] values, int... shape) {
        ByteBuffer out = ByteBuffer.allocate(Math.multiplyExact(4, values.length)).order(ByteOrder.LITTLE_ENDIAN);
        out.asFloatBuffer().put(values);
        return of("<f4", out.array(), shape);
    }

    /// Product of the shape, or -1 when it is negative somewhere or too large to be true.
    private static long elements(int[] shape) {
        long product = 1;
        boolean empty = false;
        for (int n : shape) {
            if (n < 0) {
                return -1;
            }
            empty |= n == 0;
            product = Math.min(product * Math.max(n, 1), 1L << 32);
        }
        return empty ? 0 : product;
    }

    /// numpy's dtype string, e.g. `<f4`, `|u1`.
    public String dtype() {
        return dtype;
    }

    public int[] shape() {
        return shape.clone();
    }

    public int rank() {
        return shape.length;
    }

    public int dim(int axis) {
        return shape[axis];
    }

    /// Number of elements.
    public int size() {
        return size;
    }

    /// True for f2, f4, f8.
    public boolean isFloat() {
        return parsed.kind() == 'f';
    }

    public boolean isUint8() {
        return parsed.kind() == 'u' && parsed.itemSize() == 1;
    }

    /// True for floats and integers, false for bool and text.
    public boolean isNumber() {
        return parsed.isNumber();
    }

    /// The raw bytes, read-only, in the dtype's byte order.
    public ByteBuffer data() {
        return ByteBuffer.wrap(bytes, offset, size * parsed.itemSize())
                .slice()
                .asReadOnlyBuffer()
                .order(parsed.order());
    }

    /// A copy of the raw bytes.
    public byte[] toBytes() {
        return Arrays.copyOfRange(bytes, offset, offset + size * parsed.itemSize());
    }

    /// A copy as float32, row-major; integers and float64 are rounded.
    ///
    /// @throws IllegalStateException if the elements are no numbers
    public float[] toFloats() {
        if (!isNumber()) {
            throw new IllegalStateException("an array of " + parsed.words() + " holds no numbers");
        }
        ByteBuffer in = data();
        float[] out = new float[size];
        if (parsed.kind() == 'f' && parsed.itemSize() == 4) {
            in.asFloatBuffer().get(out);
            return out;
        }
        for (int i = 0; i < size; i++) {
            out[i] = number(in, i);
        }
        return out;
    }

    private float number(ByteBuffer in, int i) {
        boolean unsigned = parsed.kind() == 'u';
        if (parsed.kind() == 'f') {
            return parsed.itemSize() == 2 ? Float.float16ToFloat(in.getShort(2 * i)) : (float) in.getDouble(8 * i);
        }
        return switch (parsed.itemSize()) {
            case 1 -> unsigned ? in.get(i) & 0xFF : in.get(i);
            case 2 -> unsigned ? in.getShort(2 * i) & 0xFFFF : in.getShort(2 * i);
            case 4 -> unsigned ? in.getInt(4 * i) & 0xFFFFFFFFL : in.getInt(4 * i);
            default -> {
                long v = in.getLong(8 * i);
                yield unsigned && v < 0 ? (v >>> 1 | v & 1) * 2f : v;
            }
        };
    }

    /// The elements of a bool array.
    public boolean[] toBooleans() {
        if (parsed.kind() != 'b') {
            throw new IllegalStateException("an array of " + parsed.words() + " holds no booleans");
        }
        boolean[] out = new boolean[size];
        for (int i = 0; i < size; i++) {
            out[i] = bytes[offset + i] != 0;
        }
        return out;
    }

    /// The elements of a text array (`U` or `S`), without numpy's padding of zeros.
    public List<String> toStrings() {
        Charset charset = switch (parsed.kind()) {
            case 'U' -> parsed.order() == ByteOrder.BIG_ENDIAN ? StandardCharsets.UTF_32BE : StandardCharsets.UTF_32LE;
            case 'S' -> StandardCharsets.ISO_8859_1;
            default -> throw new IllegalStateException("an array of " + parsed.words() + " holds no text");
        };
        String[] out = new String[size];
        for (int i = 0; i < size; i++) {
            String padded = new String(bytes, offset + i * parsed.itemSize(), parsed.itemSize(), charset);
            int end = padded.length();
            while (end > 0 && padded.charAt(end - 1) == 0) {
                end--;
            }
            out[i] = padded.substring(0, end);
        }
        return List.of(out);
    }

    /// The elements' bytes for the writer.
    byte[] backing() {
        return bytes;
    }

    int backingOffset() {
        return offset;
    }

    int byteLength() {
        return size * parsed.itemSize();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof NdArray other
                && dtype.equals(other.dtype)
                && Arrays.equals(shape, other.shape)
                && data().equals(other.data());
    }

    @Override
    public int hashCode() {
        return 31 * dtype.hashCode() + Arrays.hashCode(shape);
    }

    /// Kind and shape, for messages: `uint8 [480, 640, 3]`.
    @Override
    public String toString() {
        StringJoiner dims = new StringJoiner(", ", "[", "]");
        for (int n : shape) {
            dims.add(Integer.toString(n));
        }
        return parsed.words() + " " + dims;
    }
}
