package sinew.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What one thread needs beside the operands. Made once per thread, so that calls allocate nothing.
final class Scratch {
    /// Output rows that a kernel works on at a time.
    static final int BLOCK_ROWS = 256;
    /// Bytes of a row of one panel.
    static final long PANEL_BYTES = (long) Panels.WIDTH * Float.BYTES;

    /// Floats of a chunk of pointwise work.
    static final int CHUNK = BLOCK_ROWS * Panels.WIDTH / 2;

    private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

    /// Pairs (address of the input row, index of the output row); see [GatherTiles].
    final long[] list = new long[2 * (BLOCK_ROWS + GatherTiles.ROWS)];
    /// Of each output row of a block: address of the first tap's input, and its coordinates.
    final long[] origin = new long[BLOCK_ROWS];
    final int[] originY = new int[BLOCK_ROWS];
    final int[] originX = new int[BLOCK_ROWS];
    /// Four input addresses, then four accumulator addresses; see [TimeTiles].
    final long[] rows = new long[2 * TimeTiles.STEPS];
    /// Triples (mask of steps, offset of input, offset of weights), one per tap; see [TimeTiles].
    private int[] taps = new int[3 * 16];

    /// Accumulators of the last panel, when it has fewer than 16 outputs and may not overwrite what
    /// lies behind them: BLOCK_ROWS rows of 16, and one row that nobody reads.
    final long accumulators;
    final long spareRow;
    /// Two rows of CHUNK floats for pointwise work, in the memory of the accumulators: no panel is open
    /// meanwhile.
    final long chunk;
    final long secondChunk;
    final VectorGroupNorm groupNorm;
    /// Keeps the accumulators alive.
    private final MemorySegment memory;

    private Scratch() {
        memory = NativeMemory.floats(Arena.ofAuto(), (long) (BLOCK_ROWS + 1) * Panels.WIDTH);
        accumulators = memory.address();
        spareRow = accumulators + BLOCK_ROWS * PANEL_BYTES;
        chunk = accumulators;
        secondChunk = accumulators + CHUNK * Float.BYTES;
        groupNorm = new VectorGroupNorm(chunk, secondChunk);
    }

    static Scratch ofThread() {
        return OF_THREAD.get();
    }

    int[] taps(int count) {
        if (taps.length < 3 * count) {
            taps = new int[3 * count];
        }
        return taps;
    }
}
