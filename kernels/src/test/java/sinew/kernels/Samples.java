package sinew.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/// Random operands for tests, reproducible from a seed.
final class Samples {
    final Arena arena;
    final Random random;

    Samples(Arena arena, long seed) {
        this.arena = arena;
        this.random = new Random(seed);
    }

    int between(int low, int high) {
        return low + random.nextInt(high - low + 1);
    }

    int oneOf(int... choices) {
        return choices[random.nextInt(choices.length)];
    }

    WeightType weightType() {
        return WeightType.values()[random.nextInt(WeightType.values().length)];
    }

    Activation activation() {
        return Activation.values()[random.nextInt(Activation.values().length)];
    }

    /// Normal values; sometimes a view of some channels of something wider.
    Rows rows(int rows, int columns) {
        int before = random.nextBoolean() ? 0 : between(0, 20);
        int stride = before + columns + (before == 0 ? 0 : between(0, 20));
        MemorySegment memory = vector(rows * stride);
        return new Rows(memory, rows, stride, stride).channels(before, columns);
    }

    Rows rowsOrNull(int rows, int columns) {
        return random.nextBoolean() ? rows(rows, columns) : null;
    }

    MemorySegment vector(int count) {
        MemorySegment memory = NativeMemory.floats(arena, (long) count);
        for (int i = 0; i < count; i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        return memory;
    }

    MemorySegment vectorOrNull(int count) {
        return random.nextInt(4) == 0 ? null : vector(count);
    }

    Panels panels(WeightType type, int outputs, int depth) {
        MemorySegment memory = NativeMemory.bytes(arena, Panels.byteSize(type, outputs, depth));
        MemorySegment scales = type == WeightType.INT8 ? vector(outputs) : null;
        float[] weights = new float[outputs * depth];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        return Panels.pack(type, outputs, depth, (o, d) -> weights[o * depth + d], memory, scales);
    }

    /// Of a convolution over time.
    Panels panels(WeightType type, int outputs, int channels, int taps) {
        return panels(type, outputs, taps * Panels.aligned(channels));
    }

    /// The same values in other memory, the gaps between the rows included.
    Rows copy(Rows rows) {
        MemorySegment memory = NativeMemory.bytes(arena, rows.memory().byteSize()).copyFrom(rows.memory());
        return new Rows(memory, rows.rows(), rows.columns(), rows.stride());
    }

    /// Rows from `from` on, in the same memory.
    static Rows slice(Rows rows, int from, int count) {
        MemorySegment memory = rows.memory().asSlice((long) from * rows.stride() * Float.BYTES);
        return new Rows(memory, count, rows.columns(), rows.stride());
    }

    static float at(MemorySegment vector, int index) {
        return vector == null ? 0 : vector.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }
}
