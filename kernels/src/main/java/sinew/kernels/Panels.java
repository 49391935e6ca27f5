package sinew.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Weights in execution layout: [panel][group][16] little-endian 32-bit words, a panel being 16 neighbouring
/// outputs and a group as many neighbouring depths as share a word: 1 in F32, 2 in BF16, 4 in INT8, the
/// lowest depth in the lowest bits. So a row of a panel is one cache line whatever the type, and vectors of
/// any width read it from the left. Depth is the reduction index in the order in which kernels walk it.
/// Outputs and depths beyond the last are zero.
///
/// Order of depth: linear: input; convolutions: tap, then input channel (2-D: ky, kx, channel). Convolutions
/// over time begin each tap at a multiple of four depths: tap * [#aligned(int)] + channel.
///
/// An INT8 weight is the byte in q = 2^24 * (byte + fraction), where the fraction is what lies in the word
/// below it: so one shift and one conversion widen it, and packing chooses each byte knowing its fraction.
/// What at and kernels see is q, and the output is multiplied by `scales` in the end.
///
/// @param outputs real number of outputs; panels = ceil(outputs / 16)
/// @param depth   length of the reduction
/// @param memory  native, 64-byte aligned
/// @param scales  [outputs] floats for INT8, otherwise null
public record Panels(WeightType type, int outputs, int depth, MemorySegment memory, MemorySegment scales) {
    /// Outputs per panel.
    public static final int WIDTH = 16;
    /// Bytes of one group of depths of one panel.
    static final int GROUP_BYTES = WIDTH * Integer.BYTES;

    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat SCALE = ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int CHANNEL_ALIGNMENT = 4;

    public Panels {
        long need = byteSize(type, outputs, depth);
        if (memory.byteSize() < need) {
            throw new IllegalArgumentException(
                    "packed weights need " + need + " bytes, the segment has " + memory.byteSize());
        }
        if ((type == WeightType.INT8) != (scales != null)) {
            throw new IllegalArgumentException("scales belong to INT8 weights, and to no others");
        }
    }

    /// Weights of a type without scales.
    public Panels(WeightType type, int outputs, int depth, MemorySegment memory) {
        this(type, outputs, depth, memory, null);
    }

    public int panels() {
        return panels(outputs);
    }

    public static int panels(int outputs) {
        return (outputs + WIDTH - 1) / WIDTH;
    }

    public static int groups(WeightType type, int depth) {
        return (depth + type.group() - 1) / type.group();
    }

    /// Depths that one tap of a convolution over time takes: the channels, rounded up to whole groups of any type.
    public static int aligned(int channels) {
        return (channels + CHANNEL_ALIGNMENT - 1) / CHANNEL_ALIGNMENT * CHANNEL_ALIGNMENT;
    }

    public static long byteSize(WeightType type, int outputs, int depth) {
        return (long) panels(outputs) * groups(type, depth) * GROUP_BYTES;
    }

    /// Gives the weight of one output at one depth.
    @FunctionalInterface
    public interface Source {
        float at(int output, int depth);
    }

    /// As [#pack(WeightType, int, int, Source, MemorySegment, MemorySegment)] without scales.
    public static Panels pack(WeightType type, int outputs, int depth, Source source, MemorySegment memory) {
        return pack(type, outputs, depth, source, memory, null);
    }

    /// Packs weights into `memory`, and for INT8 the scales into `scales`; to the nearest value, for BF16 ties to
    /// even.
    public static Panels pack(
            WeightType type, int outputs, int depth, Source source, MemorySegment memory, MemorySegment scales) {
        Panels packed = new Panels(type, outputs, depth, memory, scales);
        int groups = groups(type, depth);
        for (int output = 0; output < packed.panels() * WIDTH; output++) {
            float scale = type == WeightType.INT8 && output < outputs ? Int8.scale(source, output, depth) : 0;
            for (int g = 0; g < groups; g++) {
                int word = 0;
                for (int j = 0; j < type.group() && output < outputs; j++) {
                    int d = g * type.group() + j;
                    float weight = d < depth ? source.at(output, d) : 0;
                    word = switch (type) {
                        case F32 -> Float.floatToRawIntBits(weight);
                        case BF16 -> word | (Bf16.of(weight) & 0xffff) << 16 * j;
                        case INT8 -> Int8.put(word, j, weight, scale);
                    };
                }
                memory.set(WORD, packed.offset(output, g), word);
            }
            if (scales != null && output < outputs) {
                scales.setAtIndex(SCALE, output, Int8.unit(scale));
            }
        }
        return packed;
    }

    /// The same weights as F32, in `memory`. By arrays, panel by panel, for it happens at every start, when nothing
    /// is compiled yet.
    public Panels widen(MemorySegment memory) {
        Panels wide = new Panels(WeightType.F32, outputs, depth, memory);
        int[] words = new int[groups(type, depth) * WIDTH];
        int[] values = new int[words.length * type.group()];
        for (int panel = 0; panel < panels(); panel++) {
            MemorySegment.copy(this.memory, WORD, panel * panelBytes(), words, 0, words.length);
            for (int j = 0; j < type.group(); j++) {
                for (int at = 0; at < words.length; at += WIDTH) {
                    widen(words, at, j, values, at * type.group() + j * WIDTH, panel);
                }
            }
            MemorySegment.copy(values, 0, memory, WORD, panel * wide.panelBytes(), depth * WIDTH);
        }
        return wide;
    }

    /// Neighbouring outputs as weights of their own: a view where they begin a panel, else a copy in `arena`.
    public Panels slice(int from, int count, Arena arena) {
        if (from < 0 || count < 1 || count > outputs - from) {
            throw new IllegalArgumentException("outputs " + from + " to " + (from + (long) count) + " of " + outputs);
        }
        MemorySegment factors = scales == null
                ? null
                : scales.asSlice((long) from * Float.BYTES, (long) count * Float.BYTES);
        long bytes = byteSize(type, count, depth);
        if (from % WIDTH == 0 || !memory.scope().isAlive()) {
            long start = from % WIDTH == 0 ? from / WIDTH * panelBytes() : 0;
            return new Panels(type, count, depth, memory.asSlice(start, bytes), factors);
        }
        Panels copy = new Panels(type, count, depth, NativeMemory.bytes(arena, bytes), factors);
        for (int output = 0; output < count; output++) {
            for (int group = 0; group < groups(type, depth); group++) {
                copy.memory.set(WORD, copy.offset(output, group), memory.get(WORD, offset(from + output, group)));
            }
        }
        return copy;
    }

    private void widen(int[] words, int from, int j, int[] values, int to, int panel) {
        for (int column = 0; column < WIDTH; column++) {
            float value = value(words[from + column], j);
            float scaled = scales == null ? value : value * scale(panel * WIDTH + column);
            values[to + column] = Float.floatToRawIntBits(scaled);
        }
    }

    private float scale(int output) {
        return output < outputs ? scales.getAtIndex(SCALE, output) : 0;
    }

    /// The weight of one output at one depth as a number, its scale applied.
    public float scaled(int output, int depthIndex) {
        return scales == null ? at(output, depthIndex) : at(output, depthIndex) * scale(output);
    }

    /// The stored weight of one output at one depth, widened; INT8 without its scale.
    float at(int output, int depthIndex) {
        int word = memory.get(WORD, offset(output, depthIndex / type.group()));
        return value(word, depthIndex % type.group());
    }

    private float value(int word, int j) {
        return switch (type) {
            case F32 -> Float.intBitsToFloat(word);
            case BF16 -> Float.intBitsToFloat(j == 0 ? word << 16 : word & 0xffff0000);
            case INT8 -> Int8.at(word, j);
        };
    }

    /// Reads the F32 weights of a panel's 16 outputs at one depth.
    void read(int panel, int depthIndex, double[] to, int at) {
        long from = offset(panel * WIDTH, depthIndex);
        for (int lane = 0; lane < WIDTH; lane++) {
            to[at + lane] = memory.get(SCALE, from + (long) lane * Float.BYTES);
        }
    }

    /// Sets the F32 weight of one of a panel's 16 outputs at one depth.
    void write(int panel, int depthIndex, int lane, float weight) {
        memory.set(SCALE, offset(panel * WIDTH + lane, depthIndex), weight);
    }

    /// Address of a panel's weights from one depth on, which begins a group.
    long address(int panel, int depthIndex) {
        return memory.address() + panel * panelBytes() + (long) depthIndex / type.group() * GROUP_BYTES;
    }

    /// Bytes from one panel to the next.
    long panelBytes() {
        return (long) groups(type, depth) * GROUP_BYTES;
    }

    private long offset(int output, int group) {
        return output / WIDTH * panelBytes() + (long) group * GROUP_BYTES + output % WIDTH * Integer.BYTES;
    }
}
