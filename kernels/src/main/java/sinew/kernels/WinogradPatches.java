package sinew.kernels;

import jdk.incubator.vector.FloatVector;

/// Gathers the patches of blocks and transforms them: down the columns of a run of blocks side by side, which
/// share those columns, then across each patch.
final class WinogradPatches {
    private static final int PATCH = Winograd2d.PATCH;
    private static final int BLOCK = Winograd2d.BLOCK;

    private WinogradPatches() {}

    static void run(WinogradScratch scratch, Winograd2d op, Rows x, int first, int count) {
        int longest = WinogradScratch.run(op.cin());
        int across = op.blocksAcross();
        for (int done = 0; done < count; ) {
            int block = first + done;
            int blocks = Math.min(Math.min(longest, across - block % across), count - done);
            down(scratch, op, x, block, blocks);
            across(scratch, op, done, blocks, count);
            done += blocks;
        }
    }

    private static void down(WinogradScratch scratch, Winograd2d op, Rows x, int block, int blocks) {
        int sample = block / op.blocks();
        int top = block % op.blocks() / op.blocksAcross() * BLOCK - 1;
        int left = block % op.blocksAcross() * BLOCK - 1;
        int columns = blocks * BLOCK + PATCH - BLOCK;
        int from = Math.max(left, 0);
        int end = Math.min(left + columns, op.width());
        long pixel = (long) op.cin() * Float.BYTES;
        long row = columns * pixel;
        for (int i = 0; i < PATCH; i++) {
            long to = scratch.rows + i * row;
            Simd.clear(to, (from - left) * pixel);
            Simd.clear(to + (end - left) * pixel, (left + columns - end) * pixel);
        }
        long to = scratch.rows + (from - left) * pixel;
        boolean dense = x.stride() == op.cin();
        int rows = dense ? 1 : end - from;
        long bytes = dense ? (end - from) * pixel : pixel;
        for (int i = 0; i < rows; i++) {
            transform(
                    address(scratch, op, x, sample, top, from + i),
                    address(scratch, op, x, sample, top + 1, from + i),
                    address(scratch, op, x, sample, top + 2, from + i),
                    address(scratch, op, x, sample, top + 3, from + i),
                    address(scratch, op, x, sample, top + 4, from + i),
                    address(scratch, op, x, sample, top + 5, from + i),
                    to + i * pixel, row, bytes);
        }
    }

    private static long address(WinogradScratch scratch, Winograd2d op, Rows x, int sample, int y, int column) {
        boolean inside = y >= 0 && y < op.height();
        return inside ? x.address((sample * op.height() + y) * op.width() + column) : scratch.zeros;
    }

    private static void across(WinogradScratch scratch, Winograd2d op, int done, int blocks, int count) {
        long pixel = (long) op.cin() * Float.BYTES;
        long row = (blocks * BLOCK + PATCH - BLOCK) * pixel;
        long step = count * pixel;
        for (int i = 0; i < PATCH; i++) {
            long from = scratch.rows + i * row;
            long to = scratch.patches + i * PATCH * step + done * pixel;
            for (int block = 0; block < blocks; block++) {
                transform(from, from + pixel, from + 2 * pixel, from + 3 * pixel, from + 4 * pixel,
                        from + 5 * pixel, to, step, pixel);
                from += BLOCK * pixel;
                to += pixel;
            }
        }
    }

    /// [WinogradPoints#input] of neighbouring values: six addresses in, six out that are `step` apart.
    private static void transform(
            long d0, long d1, long d2, long d3, long d4, long d5, long to, long step, long bytes) {
        for (long at = 0; at < bytes; at += Simd.BYTES) {
            FloatVector v1 = Simd.load(d1 + at);
            FloatVector v2 = Simd.load(d2 + at);
            FloatVector v3 = Simd.load(d3 + at);
            FloatVector v4 = Simd.load(d4 + at);
            FloatVector evenA = v2.fma(broadcast(-WinogradPoints.B2), v4);
            FloatVector oddA = v1.fma(broadcast(-WinogradPoints.B2), v3);
            FloatVector evenB = v2.fma(broadcast(-WinogradPoints.A2), v4);
            FloatVector oddB = v1.fma(broadcast(-WinogradPoints.A2), v3);
            long out = to + at;
            Simd.store(v2.fma(broadcast(-WinogradPoints.SUM), Simd.load(d0 + at).add(v4)), out);
            Simd.store(oddA.fma(broadcast(WinogradPoints.A), evenA), out + step);
            Simd.store(oddA.fma(broadcast(-WinogradPoints.A), evenA), out + 2 * step);
            Simd.store(oddB.fma(broadcast(WinogradPoints.B), evenB), out + 3 * step);
            Simd.store(oddB.fma(broadcast(-WinogradPoints.B), evenB), out + 4 * step);
            Simd.store(v3.fma(broadcast(-WinogradPoints.SUM), v1.add(Simd.load(d5 + at))), out + 5 * step);
        }
    }

    private static FloatVector broadcast(float value) {
        return FloatVector.broadcast(Simd.FLOATS, value);
    }
}
