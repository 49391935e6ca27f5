package sinew.kernels;

/// exp and Mish for one float: the same operations in the same order as the vector twin, so the same bits.
final class ScalarMath {
    /// Beyond these exp leaves the normal floats.
    static final float EXP_MIN = -87.0f;
    static final float EXP_MAX = 88.0f;
    /// From here on Mish is the identity in float32, and (e^x)^2 is still far from overflow.
    static final float MISH_MAX = 20.0f;

    static final float LOG2_E = 0x1.715476p0f;
    /// 1.5 * 2^23: adding it leaves the nearest integer in the low bits of the fraction.
    static final float ROUNDER = 12582912.0f;
    /// ln 2 in two pieces; the first is short, so that n * LN2_HIGH is exact.
    static final float LN2_HIGH = 0.693359375f;
    static final float LN2_LOW = -2.12194440e-4f;
    /// Minimax polynomial of (e^r - 1 - r) / r^2 on |r| <= ln(2) / 2; source: Cephes, expf.
    static final float C7 = 1.9875691500e-4f;
    static final float C6 = 1.3981999507e-3f;
    static final float C5 = 8.3334519073e-3f;
    static final float C4 = 4.1665795894e-2f;
    static final float C3 = 1.6666665459e-1f;
    static final float C2 = 5.0000001201e-1f;

    private ScalarMath() {}

    /// e^x for x clamped to [EXP_MIN, EXP_MAX]; within 1 ulp. NaN gives NaN.
    static float exp(float x) {
        float clamped = Math.min(Math.max(x, EXP_MIN), EXP_MAX);
        float shifted = Math.fma(clamped, LOG2_E, ROUNDER);
        float n = shifted - ROUNDER;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, clamped));
        float p = Math.fma(C7, r, C6);
        p = Math.fma(p, r, C5);
        p = Math.fma(p, r, C4);
        p = Math.fma(p, r, C3);
        p = Math.fma(p, r, C2);
        float mantissa = Math.fma(p, r * r, r) + 1.0f;
        int exponent = Float.floatToRawIntBits(shifted) << 23;
        return Float.intBitsToFloat(Float.floatToRawIntBits(mantissa) + exponent);
    }

    /// x * tanh(ln(1 + e^x)) = x * n / (n + 2) with n = e^x (e^x + 2).
    static float mish(float x) {
        float e = exp(Math.min(x, MISH_MAX));
        float n = Math.fma(e, e, e + e);
        return x * (n / (n + 2.0f));
    }

    static float activate(Activation activation, float x) {
        return switch (activation) {
            case NONE -> x;
            case RELU -> Math.max(x, 0.0f);
            case MISH -> mish(x);
        };
    }
}
