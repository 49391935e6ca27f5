package sinew.kernels;

/// Chooses the tile for a weight type and a number of rows and vectors. The tiles are written by TileWriter.
final class Tiles {
    /// Most rows of a tile.
    static final int ROWS = 6;
    /// Most vectors of a tile.
    static final int VECTORS = 4;
    private Tiles() {}

    /// How many vectors a tile of so many rows has at most: four where there are registers for them (sixteen of
    /// 256 bits; AVX-512 and NEON have thirty-two) and TileWriter writes such a tile.
    static int vectors(WeightType type, int rows) {
        int most = Simd.BITS == 256 ? 2 : type == WeightType.F32 ? 3 : 4;
        return rows <= most ? VECTORS : VECTORS / 2;
    }

    /// The number of rows that the next tile takes when so many are left. No split leaves a single row behind,
    /// for its tile would wait for its own sums.
    static int rows(int left) {
        return switch (left) {
            case 1, 2, 3, 4 -> left;
            case 5 -> 3;
            case 7, 8 -> 4;
            default -> ROWS;
        };
    }

    /// out[row] += W x[row] for some depths, rows and columns of outputs.
    ///
    /// @param list      pairs (address of a row of x, index of a row of out)
    /// @param first     index in the list of the first pair
    /// @param channel   bytes from a row of x to its first value
    /// @param weights   address of the first group of depths of the first vector
    /// @param panelStep bytes from a panel's weights to the next panel's; see [Simd#offset]
    /// @param groups    how many groups of depths
    /// @param to        address of row 0 of out at the first vector
    /// @param toStride  bytes from a row of out to the next
    /// @param toStep    bytes from a panel's outputs to the next panel's. With 0 here and in panelStep a vector
    ///                  that has no neighbour is computed twice, into the same place
    static void run(
            WeightType type, int rows, int vectors, long[] list, int first, long channel, long weights,
            long panelStep, int groups, long to, long toStride, long toStep) {
        switch (type) {
            case F32 -> f32(rows, vectors, list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case BF16 -> bf16(rows, vectors, list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case INT8 -> int8(rows, vectors, list, first, channel, weights, panelStep, groups, to, toStride, toStep);
        }
    }

    private static void f32(
            int rows, int vectors, long[] list, int first, long channel, long weights, long panelStep, int groups,
            long to, long toStride, long toStep) {
        switch (vectors * 8 + rows) {
            case 17 -> TilesF32.rows1vectors2(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 18 -> TilesF32.rows2vectors2(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 19 -> TilesF32.rows3vectors2(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 20 -> TilesF32.rows4vectors2(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 22 -> TilesF32.rows6vectors2(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 33 -> TilesF32.rows1vectors4(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 34 -> TilesF32.rows2vectors4(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 35 -> TilesF32.rows3vectors4(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            default -> throw new AssertionError("no tile of " + rows + " rows and " + vectors + " vectors");
        }
    }

    private static void bf16(
            int rows, int vectors, long[] list, int first, long channel, long weights, long panelStep, int groups,
            long to, long toStride, long toStep) {
        switch (vectors * 8 + rows) {
            case 17 -> TilesBf16.rows1vectors2(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 18 -> TilesBf16.rows2vectors2(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 19 -> TilesBf16.rows3vectors2(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 20 -> TilesBf16.rows4vectors2(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 22 -> TilesBf16.rows6vectors2(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 33 -> TilesBf16.rows1vectors4(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 34 -> TilesBf16.rows2vectors4(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 35 -> TilesBf16.rows3vectors4(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 36 -> TilesBf16.rows4vectors4(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            default -> throw new AssertionError("no tile of " + rows + " rows and " + vectors + " vectors");
        }
    }

    private static void int8(
            int rows, int vectors, long[] list, int first, long channel, long weights, long panelStep, int groups,
            long to, long toStride, long toStep) {
        switch (vectors * 8 + rows) {
            case 17 -> TilesInt8.rows1vectors2(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 18 -> TilesInt8.rows2vectors2(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 19 -> TilesInt8.rows3vectors2(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 20 -> TilesInt8.rows4vectors2(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 22 -> TilesInt8.rows6vectors2(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 33 -> TilesInt8.rows1vectors4(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 34 -> TilesInt8.rows2vectors4(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 35 -> TilesInt8.rows3vectors4(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            case 36 -> TilesInt8.rows4vectors4(
                    list, first, channel, weights, panelStep, groups, to, toStride, toStep);
            default -> throw new AssertionError("no tile of " + rows + " rows and " + vectors + " vectors");
        }
    }
}
