package sinew.bench.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import sinew.kernels.Activation;
import sinew.kernels.Attention;
import sinew.kernels.Conv1d;
import sinew.kernels.Conv2d;
import sinew.kernels.ConvTranspose1d;
import sinew.kernels.GroupNorm;
import sinew.kernels.Kernels;
import sinew.kernels.LayerNorm;
import sinew.kernels.Linear;
import sinew.kernels.MaxPool2d;
import sinew.kernels.NativeMemory;
import sinew.kernels.Panels;
import sinew.kernels.Rows;
import sinew.kernels.WeightType;
import sinew.kernels.Workers;

/// A chain of operations with made-up weights: the shapes of a real network, none of its meaning.
final class Layers implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final Kernels kernels = Kernels.best();
    private final List<Workers.Region> regions = new ArrayList<>();
    private final WeightType type;
    private final int batch;
    private final Random random = new Random(1);
    private long weightBytes;
    private Workers.Region[] plan = {};

    Layers(WeightType type, int batch) {
        this.type = type;
        this.batch = batch;
    }

    /// A buffer of small values for `rows` positions per sample.
    Rows rows(int rows, int channels) {
        int stride = Rows.strideFor(channels);
        return new Rows(vector(batch * rows * stride), batch * rows, channels, stride);
    }

    Rows conv1d(Rows x, int cout, int taps, int stride) {
        int time = x.rows() / batch;
        int cin = x.columns();
        Conv1d op = new Conv1d(time, cin, cout, taps, stride, taps / 2, panels(type, cout, taps * Panels.aligned(cin)), vector(cout));
        Rows out = rows(op.timeOut(), cout);
        regions.add((part, parts) -> kernels.conv1d(op, x, out, batch, part, parts));
        return out;
    }

    Rows convTranspose1d(Rows x) {
        int time = x.rows() / batch;
        int channels = x.columns();
        ConvTranspose1d op = new ConvTranspose1d(
                time, channels, channels, 4, 2, 1, panels(type, channels, 4 * Panels.aligned(channels)), vector(channels));
        Rows out = rows(op.timeOut(), channels);
        regions.add((part, parts) -> kernels.convTranspose1d(op, x, out, batch, part, parts));
        return out;
    }

    Rows linear(Rows x, int outputs, Activation activation) {
        int inputs = x.columns();
        Linear op = new Linear(inputs, outputs, panels(type == WeightType.INT8 ? WeightType.BF16 : type, outputs, inputs), vector(outputs));
        Rows out = rows(x.rows() / batch, outputs);
        regions.add((part, parts) -> kernels.linear(op, x, out, activation, part, parts));
        return out;
    }

    /// In place.
    void normMish(Rows x, Rows film, Rows residual) {
        GroupNorm op = new GroupNorm(8, x.columns(), 1e-5f, vector(x.columns()), vector(x.columns()));
        regions.add((part, parts) ->
                kernels.groupNormMish(op, x, x, film, true, residual, batch, part, parts));
    }

    /// In place, in groups of 16 channels.
    void normAdd(Rows x, Rows residual, Activation activation) {
        int groups = x.columns() / 16;
        GroupNorm op = new GroupNorm(groups, x.columns(), 1e-5f, vector(x.columns()), vector(x.columns()));
        regions.add((part, parts) -> kernels.groupNormAdd(op, x, x, residual, activation, batch, part, parts));
    }

    /// Self-attention of rows that are queries, keys and values at once.
    void attention(Rows x, int heads) {
        Attention op = new Attention(heads, x.columns() / heads, x.rows() / batch, x.rows() / batch);
        Rows out = rows(x.rows() / batch, x.columns());
        regions.add((part, parts) -> kernels.attention(op, x, x, x, null, out, batch, part, parts));
    }

    void layerNorm(Rows x) {
        LayerNorm op = new LayerNorm(x.columns(), 1e-5f, vector(x.columns()), vector(x.columns()));
        regions.add((part, parts) -> kernels.layerNorm(op, x, x, part, parts));
    }

    void activate(Rows x, Activation activation) {
        Rows out = rows(x.rows() / batch, x.columns());
        regions.add((part, parts) -> kernels.activate(activation, x, out, part, parts));
    }

    Rows conv2d(Rows x, int side, int cout, int kernel, int stride) {
        int cin = x.columns();
        Conv2d op = new Conv2d(
                side, side, cin, cout, kernel, kernel, stride, kernel / 2, panels(WeightType.F32, cout, cin * kernel * kernel), null);
        Rows out = rows(op.heightOut() * op.widthOut(), cout);
        regions.add((part, parts) ->
                kernels.conv2d(op, x, out, null, Activation.NONE, batch, part, parts));
        return out;
    }

    Rows maxPool2d(Rows x, int side) {
        MaxPool2d op = new MaxPool2d(side, side, x.columns(), 3, 2, 1);
        Rows out = rows(op.heightOut() * op.widthOut(), x.columns());
        regions.add((part, parts) -> kernels.maxPool2d(op, x, out, batch, part, parts));
        return out;
    }

    long weightBytes() {
        return weightBytes;
    }

    /// One pass through all layers.
    void run(Workers workers) {
        if (plan.length != regions.size()) {
            plan = regions.toArray(new Workers.Region[0]);
        }
        for (Workers.Region region : plan) {
            workers.run(region);
        }
    }

    @Override
    public void close() {
        arena.close();
    }

    private MemorySegment vector(int count) {
        MemorySegment memory = NativeMemory.floats(arena, (long) count);
        for (int i = 0; i < count; i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() - 0.5f);
        }
        return memory;
    }

    /// Packs one panel of random weights and repeats it: packing 255 M weights would take longer than the benchmark.
    private Panels panels(WeightType type, int outputs, int depth) {
        long bytes = Panels.byteSize(type, outputs, depth);
        weightBytes += bytes;
        MemorySegment memory = NativeMemory.bytes(arena, bytes);
        MemorySegment scales = type == WeightType.INT8 ? NativeMemory.floats(arena, (long) outputs) : null;
        float scale = (float) (1 / Math.sqrt(depth));
        int width = Math.min(outputs, Panels.WIDTH);
        float[] weights = new float[width * depth];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = scale * (random.nextFloat() - 0.5f) * 3;
        }
        Panels.pack(type, width, depth, (output, d) -> weights[output * depth + d], memory, scales);
        long panel = Panels.byteSize(type, Panels.WIDTH, depth);
        for (long to = panel; to < bytes; to += panel) {
            MemorySegment.copy(memory, 0, memory, to, panel);
        }
        for (int o = width; scales != null && o < outputs; o++) {
            scales.setAtIndex(ValueLayout.JAVA_FLOAT, o, scales.getAtIndex(ValueLayout.JAVA_FLOAT, o % width));
        }
        return new Panels(type, outputs, depth, memory, scales);
    }
}
