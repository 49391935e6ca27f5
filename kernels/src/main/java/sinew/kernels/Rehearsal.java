package sinew.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Runs every operation on small operands until the JVM has compiled it. Vector code that is not yet compiled is
/// hundreds of times slower and allocates an object per vector: here that costs little, on a network's own operands
/// it costs seconds, and an operation that a network needs rarely would stay that way for hundreds of predictions.
public final class Rehearsal {
    /// The JVM compiles a method for good after some 600 calls with 15,000 turns of their loops.
    private static final int ROUNDS = 700;
    private static final int DEPTH = 24;
    /// Panels for each width of tile: four, one, and one that is narrow and no multiple of a vector.
    private static final int OUTPUTS = 5 * Panels.WIDTH + 11;
    private static final int TIME = 16;
    private static final int SIDE = 6;

    private final Kernels kernels;
    private final WeightType type;
    private final Arena arena;
    private final BooleanSupplier enough;
    private final List<Runnable> acts = new ArrayList<>();

    private Rehearsal(Kernels kernels, WeightType type, Arena arena, BooleanSupplier enough) {
        this.enough = enough;
        this.kernels = kernels;
        this.type = type;
        this.arena = arena;
    }

    /// On the calling thread alone; every operation once at least.
    ///
    /// @param type     of the weights that the network has
    /// @param pictures whether it sees any
    /// @param nanos    when to give up, on a machine that is slow or busy
    /// @param enough   asked between rounds; true ends it
    public static void run(Kernels kernels, WeightType type, boolean pictures, long nanos, BooleanSupplier enough) {
        long start = System.nanoTime();
        try (Arena arena = Arena.ofConfined()) {
            Rehearsal rehearsal = new Rehearsal(kernels, type, arena, enough);
            // First what networks run rarely and the JVM compiles quickly.
            rehearsal.pointwise();
            rehearsal.tokens();
            if (pictures) {
                rehearsal.pooling();
            }
            rehearsal.repeat(start + nanos);
            rehearsal.linear();
            rehearsal.time();
            if (pictures) {
                rehearsal.pictures();
            }
            rehearsal.repeat(start + nanos);
        }
    }

    private void repeat(long end) {
        int round = 0;
        do {
            for (Runnable act : acts) {
                act.run();
            }
            round++;
        } while (round < ROUNDS && System.nanoTime() - end < 0 && !enough.getAsBoolean());
        acts.clear();
    }

    /// Rows for each size of tile.
    private void linear() {
        Linear op = new Linear(DEPTH, OUTPUTS, weights(type, DEPTH), floats(OUTPUTS));
        for (int rows : new int[] {1, 4, 6}) {
            Rows x = rows(rows, DEPTH);
            Rows out = rows(rows, OUTPUTS);
            Activation activation = Activation.values()[rows % Activation.values().length];
            acts.add(() -> kernels.linear(op, x, out, activation, 0, 1));
        }
    }

    private void time() {
        conv1d(TIME, 5, 1, 2);
        conv1d(4, 5, 1, 2);
        conv1d(TIME, 3, 2, 1);
        conv1d(TIME, 1, 1, 0);
        ConvTranspose1d op =
                new ConvTranspose1d(TIME, DEPTH, OUTPUTS, 4, 2, 1, weights(type, 4 * DEPTH), floats(OUTPUTS));
        Rows x = rows(TIME, DEPTH);
        Rows out = rows(op.timeOut(), OUTPUTS);
        acts.add(() -> kernels.convTranspose1d(op, x, out, 1, 0, 1));
    }

    private void conv1d(int time, int taps, int stride, int pad) {
        Conv1d op =
                new Conv1d(time, DEPTH, OUTPUTS, taps, stride, pad, weights(type, taps * DEPTH), floats(OUTPUTS));
        Rows x = rows(time, DEPTH);
        Rows out = rows(op.timeOut(), OUTPUTS);
        acts.add(() -> kernels.conv1d(op, x, out, 1, 0, 1));
    }

    private void pointwise() {
        GroupNorm norm = new GroupNorm(1, OUTPUTS, 1e-5f, floats(OUTPUTS), floats(OUTPUTS));
        Rows x = rows(TIME, OUTPUTS);
        Rows out = rows(TIME, OUTPUTS);
        Rows film = rows(1, 2 * OUTPUTS);
        Rows bias = rows(1, OUTPUTS);
        acts.add(() -> kernels.groupNormMish(norm, x, out, null, false, null, 1, 0, 1));
        acts.add(() -> kernels.groupNormMish(norm, x, out, null, false, x, 1, 0, 1));
        acts.add(() -> kernels.groupNormMish(norm, x, out, film, true, null, 1, 0, 1));
        acts.add(() -> kernels.groupNormMish(norm, x, out, bias, false, null, 1, 0, 1));
        for (Activation activation : Activation.values()) {
            acts.add(() -> kernels.activate(activation, x, out, 0, 1));
        }
        acts.add(() -> kernels.add(x, x, out, 0, 1));
    }

    /// What transformers do beside linear layers.
    private void tokens() {
        int heads = 2;
        int headSize = 2 * Panels.WIDTH + 10;
        int keys = 5 * Panels.WIDTH + 11;
        int channels = heads * headSize;
        Attention attention = new Attention(heads, headSize, SIDE, keys);
        Rows q = rows(SIDE, channels);
        Rows k = rows(keys, channels);
        Rows out = rows(SIDE, channels);
        Rows mask = rows(SIDE, keys);
        acts.add(() -> kernels.attention(attention, q, k, k, null, out, 1, 0, 1));
        acts.add(() -> kernels.attention(attention, q, k, k, mask, out, 1, 0, 1));
        LayerNorm norm = new LayerNorm(channels, 1e-5f, floats(channels), floats(channels));
        LayerNorm plain = new LayerNorm(channels, 1e-5f);
        acts.add(() -> kernels.layerNorm(norm, q, out, 0, 1));
        acts.add(() -> kernels.layerNorm(plain, q, out, 0, 1));
        Rotary rotary = new Rotary(heads, headSize, SIDE, floats(SIDE * headSize), floats(SIDE * headSize));
        acts.add(() -> kernels.rotate(rotary, q, out, 1, 0, 1));
        Rows sample = rows(1, channels);
        acts.add(() -> kernels.modulate(q, sample, sample, out, 1, 0, 1));
        acts.add(() -> kernels.addGated(q, sample, q, out, 1, 0, 1));
        acts.add(() -> kernels.copyTokens(q, 1, out, 0, SIDE - 1, 1, 0, 1));
    }

    private void pictures() {
        Conv2d op =
                new Conv2d(SIDE, SIDE, DEPTH, OUTPUTS, 3, 3, 1, 1, weights(WeightType.F32, 9 * DEPTH), floats(OUTPUTS));
        Rows x = rows(SIDE * SIDE, DEPTH);
        Rows out = rows(SIDE * SIDE, OUTPUTS);
        acts.add(() -> kernels.conv2d(op, x, out, null, Activation.NONE, 1, 0, 1));
        acts.add(() -> kernels.conv2d(op, x, out, out, Activation.RELU, 1, 0, 1));
        winograd();
    }

    /// Outputs for the widest tile, and blocks for the tile of most rows.
    private void winograd() {
        int channels = 4 * Panels.WIDTH;
        int side = 3 * Winograd2d.BLOCK;
        Panels packed = new Panels(WeightType.F32, channels, Winograd2d.POINTS * channels,
                NativeMemory.bytes(arena, Winograd2d.weightBytes(channels, channels)));
        Winograd2d op = new Winograd2d(side, side, channels, channels, packed, floats(channels));
        Rows x = rows(side * side, channels);
        Rows out = rows(side * side, channels);
        acts.add(() -> kernels.winograd2d(op, x, out, null, Activation.NONE, 1, 0, 1));
        acts.add(() -> kernels.winograd2d(op, x, out, x, Activation.RELU, 1, 0, 1));
    }

    /// What encoders of pictures do beside convolutions.
    private void pooling() {
        Rows x = rows(SIDE * SIDE, OUTPUTS);
        Rows out = rows(SIDE * SIDE, OUTPUTS);
        MaxPool2d pool = new MaxPool2d(SIDE, SIDE, OUTPUTS, 3, 2, 1);
        Rows pooled = rows(pool.heightOut() * pool.widthOut(), OUTPUTS);
        acts.add(() -> kernels.maxPool2d(pool, x, pooled, 1, 0, 1));
        Rows mean = rows(1, OUTPUTS);
        acts.add(() -> kernels.averagePool(x, mean, 1, 0, 1));
        GroupNorm norm = new GroupNorm(1, OUTPUTS, 1e-5f, floats(OUTPUTS), floats(OUTPUTS));
        acts.add(() -> kernels.groupNormAdd(norm, x, out, null, Activation.RELU, 1, 0, 1));
        acts.add(() -> kernels.groupNormAdd(norm, x, out, x, Activation.RELU, 1, 0, 1));
        MemorySegment grid = floats(2 * SIDE * SIDE);
        Rows keypoints = rows(1, 2 * OUTPUTS);
        acts.add(() -> kernels.spatialSoftmax(x, grid, keypoints, 1, 0, 1));
    }

    private Panels weights(WeightType type, int depth) {
        return new Panels(
                type,
                OUTPUTS,
                depth,
                NativeMemory.bytes(arena, Panels.byteSize(type, OUTPUTS, depth)),
                type == WeightType.INT8 ? floats(OUTPUTS) : null);
    }

    private Rows rows(int rows, int columns) {
        return NativeMemory.rows(arena, rows, columns);
    }

    private MemorySegment floats(int count) {
        return NativeMemory.floats(arena, (long) count);
    }
}
