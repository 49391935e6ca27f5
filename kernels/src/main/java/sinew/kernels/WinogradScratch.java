package sinew.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Where a thread keeps the transformed patches and sums of the blocks that it works on. Grows to the largest
/// operation that it meets.
final class WinogradScratch {
    /// Blocks in a pass while the weights come from the second-level cache, and while they come from farther away.
    private static final int NEAR_BLOCKS = 24;
    private static final int FAR_BLOCKS = 48;
    private static final int FARTHEST_BLOCKS = 96;
    private static final int NEAR_CHANNELS = 64;
    private static final int FAR_CHANNELS = 256;
    /// Floats of one row of a run of patches.
    private static final int RUN_FLOATS = 8192;

    final long[] list = new long[2 * FARTHEST_BLOCKS];
    /// [points][blocks][cin]
    long patches;
    /// [points][blocks][64]
    long sums;
    /// [6][RUN_FLOATS]: rows of patches that are transformed downwards.
    long rows;
    /// [RUN_FLOATS] zeros: a row outside the picture.
    long zeros;
    private MemorySegment memory = MemorySegment.NULL;

    /// Makes room, and gives the number of blocks that fit.
    int begin(Winograd2d op, int blocks) {
        int channels = Math.max(op.cin(), op.cout());
        int most = channels <= NEAR_CHANNELS ? NEAR_BLOCKS : channels <= FAR_CHANNELS ? FAR_BLOCKS : FARTHEST_BLOCKS;
        int count = Math.clamp(blocks, 1, most);
        int run = Math.max(RUN_FLOATS, Winograd2d.PATCH * op.cin());
        long patchBytes = (long) Winograd2d.POINTS * count * op.cin() * Float.BYTES;
        long sumBytes = (long) Winograd2d.POINTS * count * VectorWinograd.PANELS * Scratch.PANEL_BYTES;
        long rowBytes = (long) run * Float.BYTES;
        long need = patchBytes + sumBytes + (Winograd2d.PATCH + 1) * rowBytes;
        if (memory.byteSize() < need) {
            memory = NativeMemory.bytes(Arena.ofAuto(), need);
        }
        zeros = memory.address();
        Simd.clear(zeros, rowBytes);
        rows = zeros + rowBytes;
        sums = rows + Winograd2d.PATCH * rowBytes;
        patches = sums + sumBytes;
        return count;
    }

    /// Blocks side by side whose patches fit into [#rows].
    static int run(int cin) {
        return Math.max(1, (RUN_FLOATS / cin - 2) / Winograd2d.BLOCK);
    }
}
