package sinew.kernels;

/// The transforms of F(4, 3) at the points 0, A, -A, B, -B and infinity, one dimension of [Winograd2d]. Scalar
/// forms; the vector forms do the same operations in the same order.
final class WinogradPoints {
    static final float A = (float) Math.sqrt(0.5);
    static final float B = (float) Math.sqrt(2);
    static final float A2 = 0.5f;
    static final float B2 = 2;
    static final float A3 = (float) (0.5 * Math.sqrt(0.5));
    static final float B3 = (float) (2 * Math.sqrt(2));
    /// A² + B²; A² B² is 1.
    static final float SUM = 2.5f;

    /// [point][tap]: what a kernel is multiplied with.
    static final double[][] KERNEL = {
        {1, 0, 0},
        of(Math.sqrt(0.5), 0.5, 2),
        of(-Math.sqrt(0.5), 0.5, 2),
        of(Math.sqrt(2), 2, 0.5),
        of(-Math.sqrt(2), 2, 0.5),
        {0, 0, 1},
    };

    private WinogradPoints() {}

    private static double[] of(double point, double square, double otherSquare) {
        double scale = 2 * square * (square - otherSquare);
        return new double[] {1 / scale, point / scale, square / scale};
    }

    /// d[from + k * step], k = 0..5, becomes its six combinations.
    static void input(float[] d, int from, int step) {
        float d0 = d[from];
        float d1 = d[from + step];
        float d2 = d[from + 2 * step];
        float d3 = d[from + 3 * step];
        float d4 = d[from + 4 * step];
        float d5 = d[from + 5 * step];
        float evenA = Math.fma(d2, -B2, d4);
        float oddA = Math.fma(d1, -B2, d3);
        float evenB = Math.fma(d2, -A2, d4);
        float oddB = Math.fma(d1, -A2, d3);
        d[from] = Math.fma(d2, -SUM, d0 + d4);
        d[from + step] = Math.fma(oddA, A, evenA);
        d[from + 2 * step] = Math.fma(oddA, -A, evenA);
        d[from + 3 * step] = Math.fma(oddB, B, evenB);
        d[from + 4 * step] = Math.fma(oddB, -B, evenB);
        d[from + 5 * step] = Math.fma(d3, -SUM, d1 + d5);
    }

    /// m[from + k * step], k = 0..5, becomes four outputs.
    static void output(float[] m, int from, int step) {
        float m1 = m[from + step];
        float m2 = m[from + 2 * step];
        float m3 = m[from + 3 * step];
        float m4 = m[from + 4 * step];
        float evenA = m1 + m2;
        float oddA = m1 - m2;
        float evenB = m3 + m4;
        float oddB = m3 - m4;
        m[from] = m[from] + evenA + evenB;
        m[from + step] = Math.fma(oddB, B, oddA * A);
        m[from + 2 * step] = Math.fma(evenB, B2, evenA * A2);
        m[from + 3 * step] = Math.fma(oddB, B3, Math.fma(oddA, A3, m[from + 5 * step]));
    }
}
