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
    void geluFollowsTheErrorFunction() {
        double worst = 0;
        for (float x = -12f; x < 12f; x += 0.00311f) {
            double want = x * normal(x);
            worst = Math.max(worst, Math.abs(ScalarMath.gelu(x) - want) / Math.max(Math.abs(want), 0.01));
        }
        assertTrue(worst < 5e-6, "gelu is off by " + worst + " of itself");
        assertEquals(0.8413447460685429, ScalarMath.gelu(1), 6e-8);
        assertEquals(0, ScalarMath.gelu(-1e6f), 1e-30);
        assertEquals(1e6f, ScalarMath.gelu(1e6f));
        assertEquals(Float.NaN, ScalarMath.gelu(Float.NaN));
    }

    @Test
    void theOtherGatesFollowTheirDefinitions() {
        for (float x = -12f; x < 12f; x += 0.00311f) {
            double cubic = Math.sqrt(2 / Math.PI) * (x + 0.044715 * Math.pow(x, 3));
            double tanh = 0.5 * x * (1 + StrictMath.tanh(cubic));
            assertEquals(tanh, ScalarMath.activate(Activation.GELU_TANH, x), 2e-6);
            assertEquals(x / (1 + StrictMath.exp(-1.702 * x)), ScalarMath.activate(Activation.QUICK_GELU, x), 2e-6);
            assertEquals(x / (1 + StrictMath.exp(-x)), ScalarMath.activate(Activation.SILU, x), 2e-6);
        }
        for (Activation activation : new Activation[] {Activation.GELU_TANH, Activation.QUICK_GELU, Activation.SILU}) {
            assertEquals(0, ScalarMath.activate(activation, -1e6f), 1e-30, activation.toString());
            assertEquals(1e6f, ScalarMath.activate(activation, 1e6f), activation.toString());
        }
    }

    /// The three forms are far enough apart that recorded values tell which one a network uses.
    @Test
    void formsOfGeluDiffer() {
        double tanh = 0;
        double quick = 0;
        for (float x = -5f; x < 5f; x += 0.01f) {
            tanh = Math.max(tanh, Math.abs(ScalarMath.gelu(x) - ScalarMath.activate(Activation.GELU_TANH, x)));
            quick = Math.max(quick, Math.abs(ScalarMath.gelu(x) - ScalarMath.activate(Activation.QUICK_GELU, x)));
        }
        assertEquals(4.7e-4, tanh, 1e-4);
        assertEquals(2e-2, quick, 5e-3);
    }

    /// The normal distribution's integral up to x: its series near 0, its continued fraction far from it.
    private static double normal(double x) {
        double density = StrictMath.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
        double t = Math.abs(x);
        double above;
        if (t < 3) {
            double term = t;
            double sum = t;
            for (int n = 1; n < 60; n++) {
                term *= t * t / (2 * n + 1);
                sum += term;
            }
            above = 0.5 - density * sum;
        } else {
            double fraction = t;
            for (int n = 200; n > 0; n--) {
                fraction = t + n / fraction;
            }
            above = density / fraction;
        }
        return x < 0 ? above : 1 - above;
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
