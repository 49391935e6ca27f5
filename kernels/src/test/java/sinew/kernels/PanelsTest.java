package sinew.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PanelsTest {
    @Test
    void f32PanelsHoldSixteenOutputsPerDepthAndZerosBeyond() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = filled(arena, Panels.byteSize(WeightType.F32, 18, 3));
            Panels.pack(WeightType.F32, 18, 3, (output, depth) -> 100 * output + depth, memory);
            for (int depth = 0; depth < 3; depth++) {
                for (int output = 0; output < 32; output++) {
                    float want = output < 18 ? 100 * output + depth : 0;
                    int index = (output / 16 * 3 + depth) * 16 + output % 16;
                    assertEquals(want, memory.getAtIndex(ValueLayout.JAVA_FLOAT, index));
                }
            }
        }
    }

    @Test
    void bf16WordsPairNeighbouringDepths() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = filled(arena, Panels.byteSize(WeightType.BF16, 16, 3));
            Panels.pack(WeightType.BF16, 16, 3, (output, depth) -> 1 + output + 32 * depth, memory);
            for (int output = 0; output < 16; output++) {
                int first = memory.getAtIndex(ValueLayout.JAVA_INT, output);
                assertEquals(1 + output, Float.intBitsToFloat(first << 16));
                assertEquals(33 + output, Float.intBitsToFloat(first & 0xffff0000));
                int second = memory.getAtIndex(ValueLayout.JAVA_INT, 16 + output);
                assertEquals(65 + output, Float.intBitsToFloat(second << 16));
                assertEquals(0, second >>> 16);
            }
        }
    }

    /// Whatever the bytes below add: half a step at most, the largest weight included.
    @Property(tries = 200)
    void int8IsTheNearestOfItsScale(@ForAll long seed) {
        try (Arena arena = Arena.ofConfined()) {
            Random random = new Random(seed);
            int depth = 1 + random.nextInt(11);
            float[] weights = new float[18 * depth];
            float[] largest = new float[18];
            for (int i = 0; i < weights.length; i++) {
                weights[i] = (float) random.nextGaussian();
                largest[i / depth] = Math.max(largest[i / depth], Math.abs(weights[i]));
            }
            MemorySegment memory = filled(arena, Panels.byteSize(WeightType.INT8, 18, depth));
            MemorySegment scales = NativeMemory.floats(arena, 18L);
            Panels packed = Panels.pack(
                    WeightType.INT8, 18, depth, (o, d) -> weights[o * depth + d], memory, scales);
            for (int i = 0; i < weights.length; i++) {
                float got = packed.scaled(i / depth, i % depth);
                assertEquals(weights[i], got, 0.501 * largest[i / depth] / 127, "weight " + i);
            }
        }
    }

    @Test
    void int8OutputsOfZerosStayZero() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = filled(arena, Panels.byteSize(WeightType.INT8, 2, 5));
            MemorySegment scales = NativeMemory.floats(arena, 2L);
            Panels packed = Panels.pack(WeightType.INT8, 2, 5, (o, d) -> o, memory, scales);
            for (int d = 0; d < 5; d++) {
                assertEquals(0, packed.scaled(0, d));
                assertEquals(1, packed.scaled(1, d), 0.004);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(WeightType.class)
    void wideningKeepsTheStoredValues(WeightType type) {
        try (Arena arena = Arena.ofConfined()) {
            Panels packed = new Samples(arena, 3).panels(type, 20, 7);
            Panels wide = packed.widen(NativeMemory.bytes(arena, Panels.byteSize(WeightType.F32, 20, 7)));
            for (int i = 0; i < 32 * 7; i++) {
                assertEquals(i / 7 < 20 ? packed.scaled(i / 7, i % 7) : 0, wide.at(i / 7, i % 7));
            }
        }
    }

    /// Any sign, exponent up to 253 and fraction, with low halves around the tie, which chance would not hit.
    @Property
    void bf16IsTheNearestAndTiesGoToEven(
            @ForAll boolean negative, @ForAll @IntRange(max = 0x7eff) int high, @ForAll @IntRange(max = 0xffff) int any) {
        int low = (negative ? 0x80000000 : 0) | high << 16;
        float below = Float.intBitsToFloat(low);
        float above = Float.intBitsToFloat(low + 0x10000);
        for (int half : new int[] {any, 0, 1, 0x7fff, 0x8000, 0x8001, 0xffff}) {
            float value = Float.intBitsToFloat(low | half);
            double down = Math.abs((double) value - below);
            double up = Math.abs((double) above - value);
            float want = down < up || down == up && high % 2 == 0 ? below : above;
            assertEquals(want, Bf16.toFloat(Bf16.of(value)), "of " + value);
        }
    }

    @Test
    void bf16KeepsSpecialValues() {
        assertEquals(Float.NaN, Bf16.toFloat(Bf16.of(Float.intBitsToFloat(0x7f800001))));
        assertEquals(Float.NaN, Bf16.toFloat(Bf16.of(Float.intBitsToFloat(0x7fffffff))));
        assertEquals(Float.NEGATIVE_INFINITY, Bf16.toFloat(Bf16.of(Float.NEGATIVE_INFINITY)));
        assertEquals(Float.POSITIVE_INFINITY, Bf16.toFloat(Bf16.of(Float.MAX_VALUE)));
        assertEquals(-0.0f, Bf16.toFloat(Bf16.of(-0.0f)));
    }

    @Test
    void memoryThatIsTooSmallIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = NativeMemory.bytes(arena, Panels.byteSize(WeightType.F32, 16, 4) - 1);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Panels.pack(WeightType.F32, 16, 4, (output, depth) -> 0, memory));
        }
    }

    private static MemorySegment filled(Arena arena, long bytes) {
        return NativeMemory.bytes(arena, bytes).fill((byte) 0x55);
    }

    @ParameterizedTest
    @EnumSource(WeightType.class)
    void slicesAreTheSameWeights(WeightType type) {
        try (Arena arena = Arena.ofConfined()) {
            Samples samples = new Samples(arena, 3);
            Panels whole = samples.panels(type, 50, 9);
            for (int from : new int[] {0, 16, 7, 32}) {
                Panels slice = whole.slice(from, 18, arena);
                for (int output = 0; output < 18; output++) {
                    for (int depth = 0; depth < 9; depth++) {
                        assertEquals(whole.scaled(from + output, depth), slice.scaled(output, depth));
                    }
                }
            }
            assertThrows(IllegalArgumentException.class, () -> whole.slice(33, 18, arena));
        }
    }
}
