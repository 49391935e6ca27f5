package sinew.kernels;

/// Accumulates x[row] * W over a list of rows that may lie anywhere, so that one tile serves linear layers
/// and, tap by tap, every shape of convolution: rows that would be padding are simply not listed.
///
/// A list is pairs of longs: address of the first input, index of the row of accumulators.
final class GatherTiles {
    /// Rows of a tile: with two vectors each, twelve accumulators of sixteen registers.
    static final int ROWS = 6;
    /// Rows of the smaller tile; UNet levels have 4, 8 or 16 rows.
    private static final int FOUR = 4;

    private GatherTiles() {}

    /// Runs `depth` steps, beginning at `weights`, for all rows of the list. The list needs room for
    /// ROWS - 1 more entries, which are overwritten.
    static void accumulate(
            WeightType type, long[] list, int rows, long weights, int depth, long accumulators, long stride) {
        int sixes = sixes(rows);
        int fours = fours(rows);
        int end = ROWS * sixes + FOUR * fours;
        fillUp(list, rows, end, fours > 0 ? FOUR : ROWS);
        for (int lane = 0; lane < Simd.HALF; lane += Simd.LANES) {
            long offset = (long) lane * Float.BYTES;
            int row = 0;
            for (; row < ROWS * sixes; row += ROWS) {
                six(type, list, 2 * row, weights + offset, depth, accumulators + offset, stride);
            }
            for (; row < end; row += FOUR) {
                four(type, list, 2 * row, weights + offset, depth, accumulators + offset, stride);
            }
            if (row < rows) {
                one(type, list, 2 * row, weights + offset, depth, accumulators + offset, stride);
            }
        }
    }

    /// Whole tiles of six; five rows count as six, and of eight the last tile is given up for two of four.
    private static int sixes(int rows) {
        return switch (rows % ROWS) {
            case 5 -> rows / ROWS + 1;
            case 2 -> Math.max(0, rows / ROWS - 1);
            default -> rows / ROWS;
        };
    }

    /// Tiles of four for what remains beside the sixes; a single row is left to the tile of one.
    private static int fours(int rows) {
        return switch (rows % ROWS) {
            case 2 -> rows > 2 ? 2 : 1;
            case 3, 4 -> 1;
            default -> 0;
        };
    }

    /// Makes the last tile whole by repeating its first row, which only computes and stores that row twice.
    private static void fillUp(long[] list, int rows, int end, int lastTile) {
        int first = 2 * (end - lastTile);
        for (int i = 2 * rows; i < 2 * end; i += 2) {
            list[i] = list[first];
            list[i + 1] = list[first + 1];
        }
    }

    private static void six(
            WeightType type, long[] list, int at, long weights, int depth, long accumulators, long stride) {
        switch (type) {
            case F32 -> GatherTilesF32.six(list, at, weights, depth, accumulators, stride);
            case BF16 -> GatherTilesBf16.six(list, at, weights, depth, accumulators, stride);
        }
    }

    private static void four(
            WeightType type, long[] list, int at, long weights, int depth, long accumulators, long stride) {
        switch (type) {
            case F32 -> GatherTilesF32.four(list, at, weights, depth, accumulators, stride);
            case BF16 -> GatherTilesBf16.four(list, at, weights, depth, accumulators, stride);
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
