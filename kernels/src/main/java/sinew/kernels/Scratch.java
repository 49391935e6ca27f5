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

    /// Of layers over time.
    final TapLists taps = new TapLists();
    /// Of pictures: pairs (address of the input row, index of the output row); see [Product].
    final long[] list = new long[2 * BLOCK_ROWS];
    /// Of each output row of a block: address of the first tap's input, and its coordinates.
    final long[] origin = new long[BLOCK_ROWS];
    final int[] originY = new int[BLOCK_ROWS];
    final int[] originX = new int[BLOCK_ROWS];
    /// Output rows of a block whose windows lie inside the picture, and the others with their addresses.
    final int[] whole = new int[BLOCK_ROWS];
    final int[] edges = new int[BLOCK_ROWS];
    final long[] edgeOrigin = new long[BLOCK_ROWS];

    /// Accumulators of the last panel, when it has fewer than 16 outputs and may not overwrite what
    /// lies behind them: BLOCK_ROWS rows of 16.
    final long accumulators;
    /// Two rows of CHUNK floats for pointwise work, in the memory of the accumulators: no panel is open
    /// meanwhile.
    final long chunk;
    final long secondChunk;
    final VectorGroupNorm groupNorm;
    final VectorAttention attention = new VectorAttention();
    final WinogradScratch winograd = new WinogradScratch();
    /// Keeps the accumulators alive.
    private final MemorySegment memory;
    private MemorySegment patchMemory = MemorySegment.NULL;

    private Scratch() {
        memory = NativeMemory.floats(Arena.ofAuto(), (long) BLOCK_ROWS * Panels.WIDTH);
        accumulators = memory.address();
        chunk = accumulators;
        secondChunk = accumulators + CHUNK * Float.BYTES;
        groupNorm = new VectorGroupNorm(chunk, secondChunk);
    }

    /// Address of memory for so many floats of gathered inputs.
    long patches(int floats) {
        long need = (long) floats * Float.BYTES;
        if (patchMemory.byteSize() < need) {
            patchMemory = NativeMemory.bytes(Arena.ofAuto(), need);
        }
        return patchMemory.address();
    }

    static Scratch ofThread() {
        return OF_THREAD.get();
    }
}
