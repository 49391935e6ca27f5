package sinew.kernels;

/// out[row] += W x[row] over a list of rows that may lie anywhere. One product serves linear layers and, tap by
/// tap, every shape of convolution: a row that would be padding is simply not listed.
final class Product {
    /// Groups of depths that one pass over the rows takes, so that the weights of a column of tiles (16 KB) stay
    /// in the first-level cache from one tile to the next.
    private static final int BLOCK = 64;

    private Product() {}

    /// All vectors of `panels` whole panels.
    ///
    /// @param list    pairs (address of a row of x, index of a row of out)
    /// @param first   index of the first pair's address
    /// @param rows    number of pairs
    /// @param weights address of the first panel's first group of depths
    /// @param groups  how many groups
    /// @param to      address of row 0 of out at the first panel
    static void panels(
            WeightType type, long[] list, int first, int rows, long weights, long panelBytes, int panels, int groups,
            long to, long toStride) {
        int vectors = panels * Simd.PER_PANEL;
        int vector = 0;
        for (; vector + Tiles.VECTORS <= vectors; vector += Tiles.VECTORS) {
            column(type, Tiles.VECTORS, list, first, rows, weights + Simd.offset(vector, panelBytes), panelBytes,
                    groups, to + Simd.offset(vector, Scratch.PANEL_BYTES), toStride, Scratch.PANEL_BYTES);
        }
        for (; vector < vectors; vector += 2) {
            boolean pair = vector + 2 <= vectors;
            column(type, 2, list, first, rows, weights + Simd.offset(vector, panelBytes), pair ? panelBytes : 0,
                    groups, to + Simd.offset(vector, Scratch.PANEL_BYTES), toStride, pair ? Scratch.PANEL_BYTES : 0);
        }
    }

    private static void column(
            WeightType type, int vectors, long[] list, int first, int rows, long weights, long panelStep, int groups,
            long to, long toStride, long toStep) {
        int block = rows <= Tiles.ROWS ? groups : BLOCK;
        int rowBytes = type.group() * Float.BYTES;
        for (int group = 0; group < groups; group += block) {
            int count = Math.min(block, groups - group);
            long from = weights + (long) group * Panels.GROUP_BYTES;
            long channel = (long) group * rowBytes;
            for (int row = 0; row < rows; ) {
                int tile = Tiles.rows(rows - row);
                int width = Math.min(vectors, Tiles.vectors(type, tile));
                for (int v = 0; v < vectors; v += width) {
                    Tiles.run(type, tile, width, list, first + 2 * row, channel, from + Simd.offset(v, panelStep),
                            panelStep, count, to + Simd.offset(v, toStep), toStride, toStep);
                }
                row += tile;
            }
        }
    }
}
