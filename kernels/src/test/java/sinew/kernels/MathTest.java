package sinew.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/// Accuracy of the shared polynomials, and that both twins give the same bits.
class MathTest {
    @Test
    void expIsWithinOneUlpAndAHalf() {
        double worst = 0;
        for (float x = -86.9f; x < 87.9f; x += 0.00311f) {
            worst = Math.max(worst, ulps(ScalarMath.exp(x), StrictMath.exp(x)));
        }
        assertTrue(worst < 1.5, "exp is off by " + worst + " ulp");
    }

    @Test
    void mishIsWithinThreeUlp() {
        double worst = 0;
        for (float x = -80f; x < 80f; x += 0.00311f) {
            double n = StrictMath.exp(x) * (StrictMath.exp(x) + 2);
            double mish = x > 20 ? x : x * (n / (n + 2));
            worst = Math.max(worst, ulps(ScalarMath.mish(x), mish));
        }
        assertTrue(worst < 3, "mish is off by " + worst + " ulp");
        double definition = 1.7 * StrictMath.tanh(StrictMath.log1p(StrictMath.exp(1.7)));
        assertEquals(definition, ScalarMath.mish(1.7f), 3e-7);
    }

    @Test
    void specialValues() {
        assertEquals(Float.NaN, ScalarMath.exp(Float.NaN));
        assertEquals(1.0f, ScalarMath.exp(0));
        assertEquals(Float.NaN, ScalarMath.mish(Float.NaN));
        assertEquals(Float.POSITIVE_INFINITY, ScalarMath.mish(Float.POSITIVE_INFINITY));
        assertEquals(1e30f, ScalarMath.mish(1e30f));
        assertEquals(0.0f, ScalarMath.mish(0));
        assertEquals(0.0f, ScalarMath.mish(-200f), 1e-30f);
    }

    @Test
    void vectorTwinsGiveTheSameBits() {
        int count = 150_001;
        float[] special = {Float.NaN, Float.POSITIVE_INFINITY, -1e9f, 1e9f, -0.0f, 20f, -87f, 88f};
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment x = NativeMemory.floats(arena, (long) count);
            for (int i = 0; i < count; i++) {
                float value = i < special.length ? special[i] : -95f + i * 0.00127f;
                x.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
            }
            MemorySegment exp = NativeMemory.floats(arena, (long) count);
            MemorySegment mish = NativeMemory.floats(arena, (long) count).copyFrom(x);
            MemorySegment scratch = NativeMemory.floats(arena, (long) count);
            VectorMath.exp(x.address(), exp.address(), count, ScalarMath.EXP_MAX);
            VectorMath.mish(mish.address(), count, scratch.address());
            for (int i = 0; i < count; i++) {
                float value = Samples.at(x, i);
                assertEquals(ScalarMath.exp(value), Samples.at(exp, i), "exp of " + value);
                assertEquals(ScalarMath.mish(value), Samples.at(mish, i), "mish of " + value);
            }
        }
    }

    private static double ulps(float got, double want) {
        return Math.abs(got - want) / Math.ulp((float) want);
    }
}
