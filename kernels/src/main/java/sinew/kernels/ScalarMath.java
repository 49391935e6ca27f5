package sinew.kernels;

/// exp and the activations for one float: the same operations in the same order as the vector twin, so the same bits.
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

    static final float SQRT_HALF = 0.70710678f;
    /// Up to here the first polynomial of erf holds, from here on the second.
    static final float ERF_SPLIT = 0.927734375f;
    /// Minimax polynomial of erf(a) / a - 1 in the square of a; source: N. Juffa, erff within 1 ulp.
    static final float D6 = -5.96761703e-4f;
    static final float D5 = 4.99119423e-3f;
    static final float D4 = -2.67681349e-2f;
    static final float D3 = 1.12819925e-1f;
    static final float D2 = -3.76125336e-1f;
    static final float D1 = 1.28379166e-1f;
    /// Minimax polynomial of ln(1 - erf(t)); same source.
    static final float E9 = -1.72853470e-5f;
    static final float E8 = 3.83197126e-4f;
    static final float E7 = -3.88396438e-3f;
    static final float E6 = 2.42546219e-2f;
    static final float E5 = -1.06777877e-1f;
    static final float E4 = -6.34846687e-1f;
    static final float E3 = -1.28717512e-1f;
    /// -2 sqrt(2 / pi), and the same times 0.044715: tanh(u) is 2 sigmoid(2u) - 1.
    static final float GELU_LINE = -1.5957692f;
    static final float GELU_CUBE = -0.071354814f;
    static final float QUICK = -1.702f;

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

    /// 0.5 x (1 + erf(x / sqrt 2)).
    static float gelu(float x) {
        float a = x * SQRT_HALF;
        float t = Math.abs(a);
        float s = a * a;
        float far = exp(erfcLog(t, s));
        float small = Math.fma(erfRest(s), a, a) + 1.0f;
        float large = a < 0 ? far : 2.0f - far;
        return x * 0.5f * (t > ERF_SPLIT ? large : small);
    }

    /// ln(1 - erf(t)) for t > ERF_SPLIT; `s` is t squared.
    static float erfcLog(float t, float s) {
        float r = Math.fma(E9, t, E8);
        float u = Math.fma(E7, t, E6);
        r = Math.fma(r, s, u);
        r = Math.fma(r, t, E5);
        r = Math.fma(r, t, E4);
        r = Math.fma(r, t, E3);
        return Math.fma(r, t, -t);
    }

    /// erf(a) / a - 1 for |a| up to ERF_SPLIT; `s` is a squared.
    static float erfRest(float s) {
        float r = Math.fma(D6, s, D5);
        r = Math.fma(r, s, D4);
        r = Math.fma(r, s, D3);
        r = Math.fma(r, s, D2);
        return Math.fma(r, s, D1);
    }

    /// x / (1 + e^(-z)): x times the logistic function of z.
    static float gated(float x, float minusZ) {
        return x / (exp(minusZ) + 1.0f);
    }

    static float geluTanh(float x) {
        return gated(x, Math.fma(x * x, GELU_CUBE, GELU_LINE) * x);
    }

    static float activate(Activation activation, float x) {
        return switch (activation) {
            case NONE -> x;
            case RELU -> Math.max(x, 0.0f);
            case MISH -> mish(x);
            case SILU -> gated(x, -x);
            case GELU -> gelu(x);
            case GELU_TANH -> geluTanh(x);
            case QUICK_GELU -> gated(x, QUICK * x);
        };
    }
}
