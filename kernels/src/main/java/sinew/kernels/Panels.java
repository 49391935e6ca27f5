package sinew.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Weights in execution layout: [panel][depth][16], a panel being 16 neighbouring outputs and depth the
/// reduction index in the order in which kernels walk it. Outputs beyond the last are zero.
///
/// Order of depth: linear: input; conv1d and transposed conv1d: input channel * taps + tap;
/// conv2d: (ky * kw + kx) * Cin + input channel.
///
/// In a BF16 panel the 16 values of one depth lie as eight 32-bit little-endian lanes; lane i holds output
/// i in its low half and output i + 8 in its high half, so that widening is a shift and a mask.
///
/// @param outputs real number of outputs; panels = ceil(outputs / 16)
/// @param depth   length of the reduction
/// @param memory  native, 64-byte aligned, panels * depth * 16 * type.bytes() bytes
public record Panels(WeightType type, int outputs, int depth, MemorySegment memory) {
    /// Outputs per panel.
    public static final int WIDTH = 16;

    private static final ValueLayout.OfFloat F32_LE = ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort BF16_LE = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);

    public Panels {
        long need = byteSize(type, outputs, depth);
        if (memory.byteSize() < need) {
            throw new IllegalArgumentException(
                    "packed weights need " + need + " bytes, the segment has " + memory.byteSize());
        }
    }

    public int panels() {
        return panels(outputs);
    }

    public static int panels(int outputs) {
        return (outputs + WIDTH - 1) / WIDTH;
    }

    public static long byteSize(WeightType type, int outputs, int depth) {
        return (long) panels(outputs) * depth * WIDTH * type.bytes();
    }

    /// Gives the weight of one output at one depth.
    @FunctionalInterface
    public interface Source {
        float at(int output, int depth);
    }

    /// Packs weights into `memory`, rounding to nearest even for BF16; outputs beyond the last become zero.
    public static Panels pack(WeightType type, int outputs, int depth, Source source, MemorySegment memory) {
        Panels packed = new Panels(type, outputs, depth, memory);
        for (int output = 0; output < packed.panels() * WIDTH; output++) {
            for (int d = 0; d < depth; d++) {
                packed.set(output, d, output < outputs ? source.at(output, d) : 0.0f);
            }
        }
        return packed;
    }

    /// The stored weight of one output at one depth, widened.
    float at(int output, int depthIndex) {
        long offset = offset(output, depthIndex);
        return switch (type) {
            case F32 -> memory.get(F32_LE, offset);
            case BF16 -> Bf16.toFloat(memory.get(BF16_LE, offset));
        };
    }

    /// Address of a panel's weights from one depth on.
    long address(int panel, int depthIndex) {
        return memory.address() + ((long) panel * depth + depthIndex) * rowBytes();
    }

    /// Bytes of one depth of one panel.
    int rowBytes() {
        return WIDTH * type.bytes();
    }

    private void set(int output, int depthIndex, float value) {
        long offset = offset(output, depthIndex);
        switch (type) {
            case F32 -> memory.set(F32_LE, offset, value);
            case BF16 -> memory.set(BF16_LE, offset, Bf16.of(value));
        }
    }

    private long offset(int output, int depthIndex) {
        int column = output % WIDTH;
        int place = switch (type) {
            case F32 -> column;
            case BF16 -> column % (WIDTH / 2) * 2 + column / (WIDTH / 2);
        };
        return (((long) (output / WIDTH) * depth + depthIndex) * WIDTH + place) * type.bytes();
    }
}
