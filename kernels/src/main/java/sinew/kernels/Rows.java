package sinew.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A matrix of float32 in native memory: [rows, columns]; row r begins r * stride floats after the start.
/// A stride wider than the columns is a view of some channels of a wider tensor: that is how networks
/// concatenate without copying.
public record Rows(MemorySegment memory, int rows, int columns, int stride) {
    private static final int CROWDED = 256;
    private static final int LINE = 16;

    public Rows {
        long need = rows == 0 ? 0 : ((long) (rows - 1) * stride + columns) * Float.BYTES;
        if (rows < 0 || columns < 0 || columns > stride || memory.byteSize() < need) {
            throw new IllegalArgumentException("[" + rows + ", " + columns + "] rows with stride " + stride
                    + " do not fit into " + memory.byteSize() + " bytes");
        }
    }

    /// Rows without gaps.
    public static Rows dense(MemorySegment memory, int rows, int columns) {
        return new Rows(memory, rows, columns, columns);
    }

    /// The stride that suits rows of so many columns. Rows a large power of two apart fall into the same few sets of
    /// the first-level cache and drive each other out, so those get a cache line more.
    public static int strideFor(int columns) {
        return columns >= CROWDED && columns % CROWDED == 0 ? columns + LINE : columns;
    }

    /// View of channels from..from+count-1 of the same rows: [rows, count].
    public Rows channels(int from, int count) {
        if (from < 0 || count < 0 || count > columns - from) {
            throw new IllegalArgumentException(
                    "channels " + from + " to " + (from + (long) count) + " of " + columns);
        }
        return new Rows(memory.asSlice((long) from * Float.BYTES), rows, count, stride);
    }

    float at(int row, int column) {
        return memory.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * stride + column);
    }

    void set(int row, int column, float value) {
        memory.setAtIndex(ValueLayout.JAVA_FLOAT, (long) row * stride + column, value);
    }

    long address(int row) {
        return memory.address() + row * strideBytes();
    }

    long strideBytes() {
        return (long) stride * Float.BYTES;
    }
}
