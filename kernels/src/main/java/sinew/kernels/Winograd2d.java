package sinew.kernels;

import java.lang.foreign.MemorySegment;

/// A 3x3 convolution of stride 1 with padding 1, computed by Winograd's algorithm F(4x4, 3x3): of each patch of 6x6
/// inputs and of each 3x3 kernel 36 combinations are made, those are multiplied and summed over the channels, and
/// 4x4 outputs are made of the sums. That is 36 multiplications where the definition has 144. Source: Lavin and Gray
/// 2016, but with the points 0, ±1/√2, ±√2 and infinity: rounding errors are then two to three times those of the
/// definition, where the customary points 0, ±1 and ±2 have six times.
///
/// @param cin     a multiple of 16
/// @param cout    a multiple of 16
/// @param weights transformed, depth = combination * cin + input channel; see [#transform]
/// @param bias    [cout] floats, or null
public record Winograd2d(int height, int width, int cin, int cout, Panels weights, MemorySegment bias) {
    /// Side of a block of outputs.
    static final int BLOCK = 4;
    /// Side of a patch of inputs.
    static final int PATCH = 6;
    /// Combinations of a patch.
    static final int POINTS = PATCH * PATCH;

    private static final int TAPS = 9;
    /// Smaller pictures have too few blocks for four times the weights, which would be read for little work.
    private static final int LEAST_SIDE = 9;

    /// Whether this is the faster way: decided by the shape alone, so that no result depends on the machine.
    public static boolean suits(int height, int width, int cin, int cout) {
        return height >= LEAST_SIDE && width >= LEAST_SIDE && cin % Panels.WIDTH == 0 && cout % Panels.WIDTH == 0;
    }

    /// Depth of the transformed weights.
    public static int depth(int cin) {
        return Math.multiplyExact(POINTS, cin);
    }

    public static long weightBytes(int cin, int cout) {
        return Panels.byteSize(WeightType.F32, cout, depth(cin));
    }

    /// Transforms the F32 weights of a [Conv2d] with a 3x3 kernel into `memory` of [#weightBytes(int, int)] bytes.
    public static Panels transform(Panels weights, int cin, MemorySegment memory) {
        if (weights.type() != WeightType.F32 || weights.depth() != TAPS * cin) {
            throw new IllegalArgumentException("a 3x3 kernel of " + cin + " channels has F32 weights of depth "
                    + TAPS * cin + ", not " + weights.type() + " of depth " + weights.depth());
        }
        int outputs = weights.outputs();
        Panels result = new Panels(WeightType.F32, outputs, POINTS * cin, memory);
        double[] kernel = new double[TAPS * Panels.WIDTH];
        double[] rows = new double[PATCH * 3 * Panels.WIDTH];
        for (int panel = 0; panel < weights.panels(); panel++) {
            for (int c = 0; c < cin; c++) {
                for (int tap = 0; tap < TAPS; tap++) {
                    weights.read(panel, tap * cin + c, kernel, tap * Panels.WIDTH);
                }
                kernelRows(kernel, rows);
                for (int point = 0; point < POINTS; point++) {
                    writePoint(rows, point, result, panel, point * cin + c);
                }
            }
        }
        return result;
    }

    /// rows[point][kx] = sum of KERNEL[point][ky] kernel[ky][kx], for 16 outputs each.
    private static void kernelRows(double[] kernel, double[] rows) {
        int line = 3 * Panels.WIDTH;
        for (int point = 0; point < PATCH; point++) {
            double[] g = WinogradPoints.KERNEL[point];
            for (int i = 0; i < line; i++) {
                rows[point * line + i] = g[0] * kernel[i] + g[1] * kernel[line + i] + g[2] * kernel[2 * line + i];
            }
        }
    }

    private static void writePoint(double[] rows, int point, Panels to, int panel, int depth) {
        double[] g = WinogradPoints.KERNEL[point % PATCH];
        int from = point / PATCH * 3 * Panels.WIDTH;
        for (int lane = 0; lane < Panels.WIDTH; lane++) {
            double value = g[0] * rows[from + lane]
                    + g[1] * rows[from + Panels.WIDTH + lane]
                    + g[2] * rows[from + 2 * Panels.WIDTH + lane];
            to.write(panel, depth, lane, (float) value);
        }
    }

    int blocksDown() {
        return (height + BLOCK - 1) / BLOCK;
    }

    int blocksAcross() {
        return (width + BLOCK - 1) / BLOCK;
    }

    /// Blocks of one sample.
    int blocks() {
        return blocksDown() * blocksAcross();
    }
}
