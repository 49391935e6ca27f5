package sinew.kernels;

/// Accumulates x[row] * W over a list of rows that may lie anywhere, so that one tile serves linear layers
/// and, tap by tap, every shape of convolution: rows that would be padding are simply not listed.
///
/// A list is pairs of longs: address of the first input, index of the row of accumulators.
final class GatherTiles {
    /// Rows of a tile: with two vectors each, twelve accumulators of sixteen registers.
    static final int ROWS = 6;

    private GatherTiles() {}

    /// Runs `depth` steps, beginning at `weights`, for all rows of the list. The list needs room for
    /// ROWS - 1 more entries, which are overwritten.
    static void accumulate(
            WeightType type, long[] list, int rows, long weights, int depth, long accumulators, long stride) {
        int whole = fillUp(list, rows);
        for (int lane = 0; lane < Simd.HALF; lane += Simd.LANES) {
            long offset = (long) lane * Float.BYTES;
            for (int row = 0; row < whole; row += ROWS) {
                six(type, list, 2 * row, weights + offset, depth, accumulators + offset, stride);
            }
            if (whole < rows) {
                one(type, list, 2 * whole, weights + offset, depth, accumulators + offset, stride);
            }
        }
    }

    /// Makes the last tile whole by repeating its first row, which only computes and stores that row
    /// twice; a single row is left to the one-row tile. Returns the rows in whole tiles.
    private static int fillUp(long[] list, int rows) {
        int rest = rows % ROWS;
        if (rest <= 1) {
            return rows - rest;
        }
        int first = 2 * (rows - rest);
        int end = first + 2 * ROWS;
        for (int i = 2 * rows; i < end; i += 2) {
            list[i] = list[first];
            list[i + 1] = list[first + 1];
        }
        return rows - rest + ROWS;
    }

    private static void six(
            WeightType type, long[] list, int at, long weights, int depth, long accumulators, long stride) {
        switch (type) {
            case F32 -> GatherTilesF32.six(list, at, weights, depth, accumulators, stride);
            case BF16 -> GatherTilesBf16.six(list, at, weights, depth, accumulators, stride);
        }
    }

    private static void one(
            WeightType type, long[] list, int at, long weights, int depth, long accumulators, long stride) {
        switch (type) {
            case F32 -> GatherTilesF32.one(list, at, weights, depth, accumulators, stride);
            case BF16 -> GatherTilesBf16.one(list, at, weights, depth, accumulators, stride);
        }
    }
}
