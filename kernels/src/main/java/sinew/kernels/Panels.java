package sinew.kernels;

import java.lang.foreign.MemorySegment;

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

    /// Packs weights into `memory`, rounding to nearest even for BF16.
    public static Panels pack(WeightType type, int outputs, int depth, Source source, MemorySegment memory) {
        throw new UnsupportedOperationException("not packed yet");
    }
}
