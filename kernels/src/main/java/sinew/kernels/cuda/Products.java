package sinew.kernels.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import sinew.kernels.Panels;
import sinew.kernels.Rows;
import sinew.kernels.WeightType;

/// Lays products out over the chip: how many rows a block takes, and into how many pieces the depth is cut.
final class Products {
    // As product.cu has them.
    private static final int THREADS = 128;
    private static final int COLUMNS = 64;
    private static final int CHUNK = 64;
    private static final int SUMS_PER_ROW_TILE = 4 * THREADS;

    private static final int MOST_ROWS = 64;
    private static final int ROW_TILE = 8;
    /// Blocks for each multiprocessor, enough to keep its share of the memory's bandwidth busy.
    private static final int BLOCKS_EACH = 4;
    /// A piece of the depth that is worth a block: smaller ones cost more to add up than they save.
    private static final int LEAST_CHUNKS = 2;

    private final CudaDevice device;
    private final Arena arena;
    private final int blocks; // wanted of a launch
    private final boolean tf32;
    private final MemorySegment tickets; // [blocks] zeros between launches
    private MemorySegment partials; // grows; recordings keep the one that they have seen

    Products(CudaDevice device, Arena arena, int processors, boolean tf32) {
        this.device = device;
        this.arena = arena;
        this.tf32 = tf32;
        blocks = BLOCKS_EACH * processors;
        tickets = device.allocate(arena, (long) blocks * Integer.BYTES);
        partials = device.allocate(arena, (long) blocks * SUMS_PER_ROW_TILE * Float.BYTES);
    }

    void run(Product p, Rows x, Rows out, Rows residual) {
        Panels weights = p.weights();
        int rows = out.rows();
        int tileRows = ROW_TILE;
        while (tileRows < Math.min(rows, MOST_ROWS)) {
            tileRows *= 2;
        }
        int columnBlocks = ceil(weights.outputs(), COLUMNS);
        int rowBlocks = ceil(rows, tileRows);
        long tiles = (long) columnBlocks * rowBlocks;
        int chunks = ceil(p.depth(), CHUNK);
        int wanted = Math.clamp(blocks / Math.max(tiles, 1), 1, Math.max(1, chunks / LEAST_CHUNKS));
        int chunksEach = ceil(chunks, wanted);
        int splits = ceil(chunks, chunksEach);
        reserve(tiles * splits * SUMS_PER_ROW_TILE * (tileRows / ROW_TILE));
        int group = weights.type().group();
        device.launch()
                .with(x).with(weights.memory()).with(weights.scales()).with(p.bias())
                .with(out).with(residual).with(p.activation().ordinal())
                .with(rows).with(weights.outputs()).with(p.channels()).with(p.perTap()).with(p.depth())
                .with(p.mode().ordinal())
                .with(p.heightIn()).with(p.widthIn()).with(p.heightOut()).with(p.widthOut())
                .with(p.kernelWidth()).with(p.stride()).with(p.padY()).with(p.padX())
                .with(p.firstDepth() / group).with(Panels.groups(weights.type(), weights.depth()))
                .with(chunksEach * CHUNK).with(partials).with(tickets)
                .run("product_" + type(weights.type()) + "_" + tileRows, THREADS, columnBlocks, splits, rowBlocks);
    }

    private String type(WeightType type) {
        return switch (type) {
            case F32 -> tf32 ? "tf32" : "f32";
            case BF16 -> "bf16";
            case INT8 -> "int8";
        };
    }

    private void reserve(long floats) {
        if (partials.byteSize() < floats * Float.BYTES) {
            partials = device.allocate(arena, floats * Float.BYTES);
        }
    }

    private static int ceil(int a, int b) {
        return (a + b - 1) / b;
    }
}
