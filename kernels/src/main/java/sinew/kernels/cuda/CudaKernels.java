package sinew.kernels.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import sinew.kernels.Activation;
import sinew.kernels.Attention;
import sinew.kernels.Conv1d;
import sinew.kernels.Conv2d;
import sinew.kernels.ConvTranspose1d;
import sinew.kernels.DenoisingRule;
import sinew.kernels.Device;
import sinew.kernels.Given;
import sinew.kernels.GroupNorm;
import sinew.kernels.Kernels;
import sinew.kernels.LayerNorm;
import sinew.kernels.Linear;
import sinew.kernels.MaxPool2d;
import sinew.kernels.Resampling;
import sinew.kernels.Rotary;
import sinew.kernels.Rows;
import sinew.kernels.Winograd2d;

/// The operations as launches. A launch is the whole of an operation: part 0 makes it, the other parts are done with
/// nothing. Sums come in another order than on the processor, and one that depends on the batch: the same inputs in the
/// same batch give the same bytes, and nothing more is promised.
final class CudaKernels implements Kernels, AutoCloseable {
    private static final int BLOCK = 128;
    private static final int NORM_BLOCK = 512;
    private static final int CHUNK_BLOCK = 256;
    /// Values of a group that one block can keep: larger groups take several.
    private static final long MOST_IN_BLOCK = 16384;
    private static final int CHUNK_VALUES = 8192;
    private static final int MOMENTS = 3;
    private static final int SOFTMAX_KEYPOINTS = 4;
    private static final int POOLED_CHANNELS = 32;
    private static final int QUERY_TILE = 16;
    private static final int MOST_HEAD_CHANNELS = 256;
    private static final int QUAD = 4;

    private final CudaDevice device;
    private final Arena arena = Arena.ofShared();
    private final Products products;
    private MemorySegment moments; // grows; recordings keep the one that they have seen

    CudaKernels(CudaDevice device, int processors, boolean tf32) {
        this.device = device;
        products = new Products(device, arena, processors, tf32);
        moments = device.allocate(arena, 1 << 16);
    }

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public Device device() {
        return device;
    }

    /// Transformed weights are four times the size, and a GPU has arithmetic to spare.
    @Override
    public boolean prefersWinograd(int height, int width, int cin, int cout) {
        return false;
    }

    @Override
    public void linear(Linear op, Rows x, Rows out, Activation activation, int part, int parts) {
        if (part == 0) {
            products.run(Product.of(op, activation), x, out, null);
        }
    }

    @Override
    public void conv1d(Conv1d op, Rows x, Rows out, int batch, int part, int parts) {
        if (part == 0) {
            products.run(Product.of(op), x, out, null);
        }
    }

    @Override
    public void convTranspose1d(ConvTranspose1d op, Rows x, Rows out, int batch, int part, int parts) {
        if (part == 0) {
            products.run(Product.of(op), x, out, null);
        }
    }

    @Override
    public void conv2d(
            Conv2d op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts) {
        if (part == 0) {
            products.run(Product.of(op, activation), x, out, residual);
        }
    }

    @Override
    public void winograd2d(
            Winograd2d op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts) {
        throw new UnsupportedOperationException("a GPU takes convolutions as they are, see prefersWinograd");
    }

    @Override
    public void maxPool2d(MaxPool2d op, Rows x, Rows out, int batch, int part, int parts) {
        if (part == 0) {
            device.launch()
                    .with(x).with(out).with(op.heightIn()).with(op.widthIn()).with(op.heightOut()).with(op.widthOut())
                    .with(op.channels()).with(op.window()).with(op.stride()).with(op.pad()).with(batch)
                    .over((long) out.rows() * quads(op.channels()), "max_pool", BLOCK);
        }
    }

    @Override
    public void averagePool(Rows x, Rows out, int batch, int part, int parts) {
        if (part == 0) {
            device.launch()
                    .with(x).with(out).with(x.rows() / batch).with(x.columns()).with(batch)
                    .run("average_pool", CHUNK_BLOCK, ceil(x.columns(), POOLED_CHANNELS), batch, 1);
        }
    }

    @Override
    public void groupNormMish(
            GroupNorm op, Rows x, Rows out, Rows film, boolean filmScale, Rows residual, int batch, int part, int parts) {
        if (part != 0) {
            return;
        }
        int positions = x.rows() / batch;
        if (valuesOfGroup(op, positions) > MOST_IN_BLOCK) {
            inChunks(op, x, out, film, filmScale, residual, Activation.NONE, true, batch);
            return;
        }
        device.launch()
                .with(x).with(out).with(op.gamma()).with(op.beta()).with(op.epsilon())
                .with(op.groups()).with(op.channels()).with(positions)
                .with(film).with(filmScale ? 1 : 0).with(residual)
                .run("group_norm_mish", NORM_BLOCK, op.groups(), batch, 1);
    }

    @Override
    public void groupNormAdd(
            GroupNorm op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts) {
        if (part != 0) {
            return;
        }
        int positions = x.rows() / batch;
        if (valuesOfGroup(op, positions) > MOST_IN_BLOCK) {
            inChunks(op, x, out, null, false, residual, activation, false, batch);
            return;
        }
        device.launch()
                .with(x).with(out).with(op.gamma()).with(op.beta()).with(op.epsilon())
                .with(op.groups()).with(op.channels()).with(positions).with(residual).with(activation.ordinal())
                .run("group_norm_add", NORM_BLOCK, op.groups(), batch, 1);
    }

    private static long valuesOfGroup(GroupNorm op, int positions) {
        return (long) positions * (op.channels() / op.groups());
    }

    /// Means and deviations of pieces first, then what every piece makes of all of them.
    private void inChunks(
            GroupNorm op, Rows x, Rows out, Rows film, boolean filmScale, Rows residual, Activation activation,
            boolean mish, int batch) {
        int positions = x.rows() / batch;
        int chunks = (int) ((valuesOfGroup(op, positions) + CHUNK_VALUES - 1) / CHUNK_VALUES);
        long bytes = (long) batch * op.groups() * chunks * MOMENTS * Float.BYTES;
        if (moments.byteSize() < bytes) {
            moments = device.allocate(arena, bytes);
        }
        device.launch()
                .with(x).with(moments).with(op.groups()).with(op.channels()).with(positions).with(chunks)
                .run("group_moments", CHUNK_BLOCK, op.groups(), batch, chunks);
        device.launch()
                .with(x).with(out).with(moments).with(chunks).with(op.gamma()).with(op.beta()).with(op.epsilon())
                .with(op.groups()).with(op.channels()).with(positions)
                .with(film).with(filmScale ? 1 : 0).with(residual).with(activation.ordinal()).with(mish ? 1 : 0)
                .run("group_norm_apply", CHUNK_BLOCK, op.groups(), batch, chunks);
    }

    @Override
    public void activate(Activation activation, Rows x, Rows out, int part, int parts) {
        if (part == 0) {
            device.launch()
                    .with(activation.ordinal()).with(x).with(out).with(x.rows()).with(x.columns())
                    .over(work(x), "activate_rows", BLOCK);
        }
    }

    @Override
    public void add(Rows a, Rows b, Rows out, int part, int parts) {
        if (part == 0) {
            device.launch()
                    .with(a).with(b).with(b.rows()).with(out).with(a.rows()).with(a.columns())
                    .over(work(a), "add_rows", BLOCK);
        }
    }

    @Override
    public void spatialSoftmax(Rows x, MemorySegment grid, Rows out, int batch, int part, int parts) {
        if (part == 0) {
            device.launch()
                    .with(x).with(grid).with(out).with(x.rows() / batch).with(x.columns()).with(batch)
                    .run("spatial_softmax", NORM_BLOCK, ceil(x.columns(), SOFTMAX_KEYPOINTS), batch, 1);
        }
    }

    @Override
    public void layerNorm(LayerNorm op, Rows x, Rows out, int part, int parts) {
        if (part == 0) {
            device.launch()
                    .with(x).with(out).with(op.gamma()).with(op.beta()).with(op.epsilon())
                    .with(x.rows()).with(op.channels())
                    .run("layer_norm", BLOCK, x.rows(), 1, 1);
        }
    }

    @Override
    public void attention(
            Attention op, Rows q, Rows k, Rows v, Rows mask, Rows out, int batch, int part, int parts) {
        if (op.headSize() > MOST_HEAD_CHANNELS) {
            throw new UnsupportedOperationException("attention heads of " + op.headSize() + " channels; a GPU takes up to "
                    + MOST_HEAD_CHANNELS + ". Use --device cpu for this policy");
        }
        if (part == 0) {
            device.launch()
                    .with(q).with(k).with(v).with(mask).with(mask == null ? 0 : mask.rows()).with(out)
                    .with(op.headSize()).with(op.queries()).with(op.keys())
                    .with((float) (1 / Math.sqrt(op.headSize())))
                    .run("attention", BLOCK, ceil(op.queries(), QUERY_TILE), op.heads(), batch);
        }
    }

    @Override
    public void rotate(Rotary op, Rows x, Rows out, int batch, int part, int parts) {
        if (part == 0) {
            device.launch()
                    .with(x).with(out).with(op.cosines()).with(op.sines())
                    .with(op.heads()).with(op.headSize()).with(op.positions()).with(x.rows())
                    .over((long) x.rows() * op.heads() * quads(op.headSize() / 2), "rotate", BLOCK);
        }
    }

    @Override
    public void modulate(Rows x, Rows shift, Rows scale, Rows out, int batch, int part, int parts) {
        if (part == 0) {
            device.launch()
                    .with(x).with(shift).with(scale).with(out).with(x.rows() / batch).with(x.rows()).with(x.columns())
                    .over(work(x), "modulate", BLOCK);
        }
    }

    @Override
    public void addGated(Rows x, Rows gate, Rows residual, Rows out, int batch, int part, int parts) {
        if (part == 0) {
            device.launch()
                    .with(x).with(gate).with(residual).with(out).with(x.rows() / batch).with(x.rows()).with(x.columns())
                    .over(work(x), "add_gated", BLOCK);
        }
    }

    @Override
    public void copyTokens(Rows x, int from, Rows out, int to, int count, int batch, int part, int parts) {
        if (part == 0) {
            device.launch()
                    .with(x).with(from).with(x.rows() / batch).with(out).with(to).with(out.rows() / batch)
                    .with(count).with(batch).with(x.columns())
                    .over((long) batch * count * quads(x.columns()), "copy_tokens", BLOCK);
        }
    }

    @Override
    public void resample(Resampling op, MemorySegment rgb, MemorySegment scratch, Rows out, int part, int parts) {
        if (part != 0) {
            return;
        }
        Resampling.Axis across = op.horizontal();
        Resampling.Axis down = op.vertical();
        int blocks = ceil(Resampling.CHANNELS * across.outputs(), BLOCK);
        device.launch()
                .with(rgb).with(op.sourceWidth()).with(op.pixel())
                .with(across.first()).with(across.count()).with(across.weights()).with(across.taps())
                .with(across.outputs()).with(op.firstRow()).with(op.rows()).with(scratch)
                .run("squeeze_rows", BLOCK, blocks, op.rows(), 1);
        device.launch()
                .with(scratch).with(op.firstRow())
                .with(down.first()).with(down.count()).with(down.weights()).with(down.taps())
                .with(across.outputs()).with(down.outputs())
                .with(after(op, 0)).with(after(op, 1)).with(after(op, 2)).with(across.count()).with(out)
                .run("blend_rows", BLOCK, blocks, down.outputs(), 1);
    }

    private static MemorySegment after(Resampling op, int row) {
        long bytes = Resampling.CHANNELS * (long) Float.BYTES;
        return op.after() == null ? null : op.after().asSlice(row * bytes, bytes);
    }

    @Override
    public void impose(Given given, Rows sample, float signal, float deviation, int part, int parts) {
        if (part == 0) {
            device.launch()
                    .with(sample).with(given.values().memory()).with(given.noise().memory())
                    .with(given.levels().memory()).with(signal).with(deviation).with(sample.columns()).with(sample.rows())
                    .over((long) sample.rows() * sample.columns(), "impose", BLOCK);
        }
    }

    @Override
    public void denoise(
            DenoisingRule rule, Rows output, Rows sample, Rows fresh, Rows earlier, int part, int parts) {
        if (part == 0) {
            device.launch()
                    .with(output).with(sample).with(fresh == null ? null : fresh.memory())
                    .with(earlier == null ? null : earlier.memory())
                    .with(rule.target().ordinal()).with(rule.limit()).with(rule.signal()).with(rule.noise())
                    .with(rule.cleanWeight()).with(rule.sampleWeight()).with(rule.epsilonWeight())
                    .with(rule.earlierWeight()).with(rule.freshWeight())
                    .with(sample.columns()).with(sample.rows())
                    .over((long) sample.rows() * sample.columns(), "denoise_step", BLOCK);
        }
    }

    /// Pieces of four channels.
    private static long work(Rows rows) {
        return (long) rows.rows() * quads(rows.columns());
    }

    private static int quads(int channels) {
        return ceil(channels, QUAD);
    }

    private static int ceil(int a, int b) {
        return (a + b - 1) / b;
    }

    @Override
    public void close() {
        arena.close();
    }
}
