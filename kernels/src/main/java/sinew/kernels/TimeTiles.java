package sinew.kernels;

/// Chooses the inner loop of a convolution over time. All of them walk channel by channel and tap by tap,
/// which is the order of the packed weights.
final class TimeTiles {
    /// Time steps of a tile.
    static final int STEPS = 4;

    private TimeTiles() {}

    /// @param scratch its `rows` hold four input addresses (where the first tap reads), then four
    ///                accumulator addresses; its `taps` the mask and the offsets of each tap
    static void masked(
            WeightType type, Scratch scratch, int taps, long weights, int weightsPerChannel, int channels) {
        int[] table = scratch.taps(taps);
        long[] rows = scratch.rows;
        for (int lane = 0; lane < Simd.HALF; lane += Simd.LANES) {
            long offset = (long) lane * Float.BYTES;
            long from = weights + offset;
            switch (type) {
                case F32 -> TimeTilesF32.masked(rows, table, taps, from, weightsPerChannel, channels, offset);
                case BF16 -> TimeTilesBf16.masked(rows, table, taps, from, weightsPerChannel, channels, offset);
            }
        }
    }

    /// Whether [#five] can compute the four steps from `step` on.
    static boolean isFive(Conv1d op, int step) {
        boolean shape = op.taps() == 5 && op.stride() == 1 && op.pad() == 2;
        int left = op.timeIn() - step;
        return shape && left >= STEPS && left != STEPS + 1 && step != 1;
    }

    /// Five taps, stride 1, padding 2. `input` is the address of the row two before `step`.
    static void five(
            WeightType type,
            boolean leftEdge,
            boolean rightEdge,
            long input,
            long inputStride,
            long weights,
            int channels,
            long to,
            long toStride) {
        for (int lane = 0; lane < Simd.HALF; lane += Simd.LANES) {
            long offset = (long) lane * Float.BYTES;
            long from = weights + offset;
            switch (type) {
                case F32 ->
                    fiveF32(leftEdge, rightEdge, input, inputStride, from, channels, to + offset, toStride);
                case BF16 ->
                    fiveBf16(leftEdge, rightEdge, input, inputStride, from, channels, to + offset, toStride);
            }
        }
    }

    private static void fiveF32(
            boolean left, boolean right, long input, long stride, long weights, int channels, long to, long toStride) {
        if (left && right) {
            FiveTapTilesF32.only(input, stride, weights, channels, to, toStride);
        } else if (left) {
            FiveTapTilesF32.first(input, stride, weights, channels, to, toStride);
        } else if (right) {
            FiveTapTilesF32.last(input, stride, weights, channels, to, toStride);
        } else {
            FiveTapTilesF32.inner(input, stride, weights, channels, to, toStride);
        }
    }

    private static void fiveBf16(
            boolean left, boolean right, long input, long stride, long weights, int channels, long to, long toStride) {
        if (left && right) {
            FiveTapTilesBf16.only(input, stride, weights, channels, to, toStride);
        } else if (left) {
            FiveTapTilesBf16.first(input, stride, weights, channels, to, toStride);
        } else if (right) {
            FiveTapTilesBf16.last(input, stride, weights, channels, to, toStride);
        } else {
            FiveTapTilesBf16.inner(input, stride, weights, channels, to, toStride);
        }
    }
}
