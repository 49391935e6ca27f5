package sinew.kernels;

/// Weights of one byte; see [Panels] for what the bytes below a byte do.
final class Int8 {
    private static final int LARGEST = 127;
    private static final float BYTE_UNIT = 1 << 24;

    private Int8() {}

    /// What one step of an output's bytes is worth: its largest weight is 127 steps.
    static float scale(Panels.Source source, int output, int depth) {
        float largest = 0;
        for (int d = 0; d < depth; d++) {
            largest = Math.max(largest, Math.abs(source.at(output, d)));
        }
        return largest / LARGEST;
    }

    /// The factor from what kernels see to weights.
    static float unit(float scale) {
        return scale / BYTE_UNIT;
    }

    /// Adds byte `j` to a word that holds the bytes below it, so that the widened value is nearest to the weight.
    static int put(int word, int j, float weight, float scale) {
        double steps = scale == 0 ? 0 : (double) weight / scale;
        double fraction = j == 0 ? 0 : (word & (1L << 8 * j) - 1) / (double) (1L << 8 * j);
        long step = Math.clamp(Math.round(steps - fraction), Byte.MIN_VALUE, Byte.MAX_VALUE);
        return word | (int) (step & 0xff) << 8 * j;
    }

    static float at(int word, int j) {
        return (float) (word << 24 - 8 * j);
    }
}
