package sinew.kernels;

/// The upper half of a float32: 8 bits of exponent, 7 of fraction.
final class Bf16 {
    private Bf16() {}

    /// Rounds to nearest, ties to even. A NaN stays a NaN, whatever its low bits.
    static short of(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        int roundUp = 0x7fff + (bits >>> 16 & 1);
        return (short) (bits + roundUp >>> 16);
    }

    /// Exact.
    static float toFloat(short bf16) {
        return Float.intBitsToFloat(bf16 << 16);
    }
}
