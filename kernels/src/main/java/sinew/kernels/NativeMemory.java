package sinew.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Allocates the one kind of memory that kernels read and write: native, zeroed, beginning on a cache line.
public final class NativeMemory {
    /// One cache line, in bytes.
    public static final int ALIGNMENT = 64;

    private NativeMemory() {}

    /// A zeroed segment of `bytes` bytes that lives as long as `arena`; large ones lie in huge pages where
    /// the system has them.
    public static MemorySegment bytes(Arena arena, long bytes) {
        if (HugePages.suits(bytes)) {
            MemorySegment memory = HugePages.allocate(arena, bytes);
            if (memory != null) {
                return memory;
            }
        }
        return arena.allocate(Math.max(bytes, 1), ALIGNMENT).asSlice(0, bytes);
    }

    /// A zeroed segment of `count` floats that lives as long as `arena`.
    public static MemorySegment floats(Arena arena, long count) {
        return bytes(arena, Math.multiplyExact(count, Float.BYTES));
    }

    /// A copy of `values` that lives as long as `arena`.
    public static MemorySegment floats(Arena arena, float... values) {
        MemorySegment memory = floats(arena, (long) values.length);
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_FLOAT, 0, values.length);
        return memory;
    }

    /// A zeroed matrix without gaps that lives as long as `arena`.
    public static Rows rows(Arena arena, int rows, int columns) {
        return Rows.dense(floats(arena, (long) rows * columns), rows, columns);
    }
}
