package sinew.kernels;

import java.lang.foreign.MemorySegment;

/// The checks at the edge of every operation, the same for every implementation. Past them tiles use bare
/// addresses. A view over memory that is closed meanwhile is the caller's fault and is not caught.
final class Checks {
    private static final int LEVELS = 256;

    private Checks() {}

    static void part(int part, int parts) {
        if (parts < 1 || part < 0 || part >= parts) {
            throw new IllegalArgumentException("part " + part + " of " + parts);
        }
    }

    static void linear(Linear op, Rows x, Rows out) {
        input("x", x, x.rows(), op.inputs());
        output("out", out, x.rows(), op.outputs());
        Panels weights = op.weights();
        if (op.inputFrom() < 0 || op.inputs() > weights.depth() - op.inputFrom()) {
            throw new IllegalArgumentException("linear wants inputs " + op.inputFrom() + " to "
                    + ((long) op.inputFrom() + op.inputs()) + ", the weights have " + weights.depth());
        }
        weights(weights, op.outputs(), weights.depth());
        if (op.inputFrom() % weights.type().group() != 0
                || op.inputs() % weights.type().group() != 0 && op.inputFrom() + op.inputs() != weights.depth()) {
            throw new IllegalArgumentException("inputs " + op.inputFrom() + " to " + (op.inputFrom() + op.inputs())
                    + " cut a group of " + weights.type().group() + " " + weights.type() + " weights");
        }
        vector("bias", op.bias(), op.outputs(), true);
    }

    static void conv1d(Conv1d op, Rows x, Rows out, int batch) {
        geometry(op.timeIn(), op.taps(), op.stride(), op.pad());
        input("x", x, rows(batch, op.timeIn()), op.cin());
        output("out", out, rows(batch, op.timeOut()), op.cout());
        weights(op.weights(), op.cout(), rows(Panels.aligned(op.cin()), op.taps()));
        vector("bias", op.bias(), op.cout(), true);
    }

    static void convTranspose1d(ConvTranspose1d op, Rows x, Rows out, int batch) {
        if (op.timeIn() < 1 || op.taps() < 1 || op.stride() < 1 || op.pad() < 0 || op.timeOut() < 1) {
            throw new IllegalArgumentException("transposed convolution over time " + op.timeIn() + " with "
                    + op.taps() + " taps, stride " + op.stride() + ", padding " + op.pad());
        }
        input("x", x, rows(batch, op.timeIn()), op.cin());
        output("out", out, rows(batch, op.timeOut()), op.cout());
        weights(op.weights(), op.cout(), rows(Panels.aligned(op.cin()), op.taps()));
        vector("bias", op.bias(), op.cout(), true);
    }

    static void conv2d(Conv2d op, Rows x, Rows out, Rows residual, int batch) {
        geometry(op.heightIn(), op.kernelHeight(), op.stride(), op.pad());
        geometry(op.widthIn(), op.kernelWidth(), op.stride(), op.pad());
        input("x", x, rows(batch, op.heightIn(), op.widthIn()), op.cin());
        int outRows = rows(batch, op.heightOut(), op.widthOut());
        output("out", out, outRows, op.cout());
        if (residual != null) {
            input("residual", residual, outRows, op.cout());
        }
        weights(op.weights(), op.cout(), rows(op.kernelHeight(), op.kernelWidth(), op.cin()));
        if (op.weights().type() != WeightType.F32) {
            throw new IllegalArgumentException("2-D convolutions take F32 weights, not " + op.weights().type()
                    + ": they are bound by arithmetic, so widen the weights once");
        }
        vector("bias", op.bias(), op.cout(), true);
    }

    static void winograd2d(Winograd2d op, Rows x, Rows out, Rows residual, int batch) {
        if (op.height() < 1 || op.width() < 1 || op.cin() < 1 || op.cin() % Panels.WIDTH != 0
                || op.cout() < 1 || op.cout() % Panels.WIDTH != 0) {
            throw new IllegalArgumentException("Winograd's algorithm on " + op.height() + "x" + op.width()
                    + " pixels takes multiples of " + Panels.WIDTH + " channels, not " + op.cin() + " to " + op.cout());
        }
        int positions = rows(batch, op.height(), op.width());
        input("x", x, positions, op.cin());
        output("out", out, positions, op.cout());
        if (residual != null) {
            input("residual", residual, positions, op.cout());
        }
        weights(op.weights(), op.cout(), rows(Winograd2d.POINTS, op.cin()));
        if (op.weights().type() != WeightType.F32) {
            throw new IllegalArgumentException("transformed weights are F32, not " + op.weights().type());
        }
        vector("bias", op.bias(), op.cout(), true);
    }

    static void maxPool2d(MaxPool2d op, Rows x, Rows out, int batch) {
        geometry(op.heightIn(), op.window(), op.stride(), op.pad());
        geometry(op.widthIn(), op.window(), op.stride(), op.pad());
        if (2 * op.pad() > op.window()) {
            throw new IllegalArgumentException(
                    "padding " + op.pad() + " is more than half of the window " + op.window());
        }
        input("x", x, rows(batch, op.heightIn(), op.widthIn()), op.channels());
        output("out", out, rows(batch, op.heightOut(), op.widthOut()), op.channels());
    }

    static void groupNorm(GroupNorm op, Rows x, Rows out, Rows residual, int batch) {
        if (batch < 1 || x.rows() % batch != 0) {
            throw new IllegalArgumentException(x.rows() + " rows do not divide into " + batch + " samples");
        }
        input("x", x, x.rows(), op.channels());
        output("out", out, x.rows(), op.channels());
        if (residual != null) {
            input("residual", residual, x.rows(), op.channels());
        }
        vector("gamma", op.gamma(), op.channels(), false);
        vector("beta", op.beta(), op.channels(), false);
    }

    static void film(GroupNorm op, Rows film, boolean filmScale, int batch) {
        if (film != null) {
            input("film", film, batch, filmScale ? 2 * op.channels() : op.channels());
        }
    }

    static void sameShape(Rows x, Rows other, Rows out) {
        input("x", x, x.rows(), x.columns());
        input("x", other, x.rows(), x.columns());
        output("out", out, x.rows(), x.columns());
    }

    static void add(Rows a, Rows b, Rows out) {
        if (b.rows() == 0 || a.rows() % b.rows() != 0) {
            throw new IllegalArgumentException(b.rows() + " rows cannot be repeated to " + a.rows());
        }
        input("a", a, a.rows(), a.columns());
        input("b", b, b.rows(), a.columns());
        output("out", out, a.rows(), a.columns());
    }

    static void layerNorm(LayerNorm op, Rows x, Rows out) {
        input("x", x, x.rows(), op.channels());
        output("out", out, x.rows(), op.channels());
        vector("gamma", op.gamma(), op.channels(), true);
        vector("beta", op.beta(), op.channels(), true);
    }

    static void attention(Attention op, Rows q, Rows k, Rows v, Rows mask, Rows out, int batch) {
        if (op.heads() < 1 || op.headSize() < 1 || op.queries() < 1 || op.keys() < 1) {
            throw new IllegalArgumentException("attention of " + op.heads() + " heads of " + op.headSize()
                    + " channels, " + op.queries() + " queries and " + op.keys() + " keys");
        }
        int channels = rows(op.heads(), op.headSize());
        input("q", q, rows(batch, op.queries()), channels);
        input("k", k, rows(batch, op.keys()), channels);
        input("v", v, rows(batch, op.keys()), channels);
        output("out", out, rows(batch, op.queries()), channels);
        if (mask != null) {
            input("mask", mask, mask.rows() == op.queries() ? op.queries() : rows(batch, op.queries()), op.keys());
        }
    }

    static void rotate(Rotary op, Rows x, Rows out, int batch) {
        int rows = rows(batch, op.positions());
        input("x", x, rows, rows(op.heads(), op.headSize()));
        output("out", out, rows, x.columns());
        vector("cosines", op.cosines(), rows(op.positions(), op.headSize() / 2), false);
        vector("sines", op.sines(), rows(op.positions(), op.headSize() / 2), false);
    }

    /// A row for each of the `batch` samples of x.
    static void perSample(String name, Rows rows, Rows x, int batch) {
        if (batch < 1 || x.rows() % batch != 0) {
            throw new IllegalArgumentException(x.rows() + " rows do not divide into " + batch + " samples");
        }
        input(name, rows, batch, x.columns());
    }

    static void copyTokens(Rows x, int from, Rows out, int to, int count, int batch) {
        if (batch < 1 || x.rows() % batch != 0 || out.rows() % batch != 0) {
            throw new IllegalArgumentException(
                    x.rows() + " and " + out.rows() + " rows do not divide into " + batch + " samples");
        }
        if (count < 0 || from < 0 || count > x.rows() / batch - from || to < 0 || count > out.rows() / batch - to) {
            throw new IllegalArgumentException(count + " tokens from " + from + " of " + x.rows() / batch + " to " + to
                    + " of " + out.rows() / batch);
        }
        input("x", x, x.rows(), x.columns());
        output("out", out, out.rows(), x.columns());
    }

    static void averagePool(Rows x, Rows out, int batch) {
        if (batch < 1 || x.rows() == 0 || x.rows() % batch != 0) {
            throw new IllegalArgumentException(x.rows() + " rows do not divide into " + batch + " samples");
        }
        input("x", x, x.rows(), x.columns());
        output("out", out, batch, x.columns());
    }

    static void spatialSoftmax(Rows x, MemorySegment grid, Rows out, int batch) {
        if (batch < 1 || x.rows() == 0 || x.rows() % batch != 0) {
            throw new IllegalArgumentException(x.rows() + " rows do not divide into " + batch + " samples");
        }
        input("x", x, x.rows(), x.columns());
        output("out", out, batch, 2 * x.columns());
        vector("grid", grid, rows(x.rows() / batch, 2), false);
    }

    static void resample(Resampling op, MemorySegment rgb, MemorySegment scratch, Rows out) {
        int width = op.horizontal().outputs();
        output("out", out, rows(op.vertical().outputs(), width), Resampling.CHANNELS);
        if (op.firstRow() < 0 || op.rows() < 1 || op.rows() > op.sourceHeight() - op.firstRow()) {
            throw new IllegalArgumentException("rows " + op.firstRow() + " to " + ((long) op.firstRow() + op.rows())
                    + " of a picture of " + op.sourceHeight());
        }
        long bytes = (long) op.sourceHeight() * op.sourceWidth() * Resampling.CHANNELS;
        if (rgb.byteSize() < bytes) {
            throw new IllegalArgumentException("rgb wants " + bytes + " bytes, has " + rgb.byteSize());
        }
        memory("rgb", rgb);
        vector("scratch", scratch, Math.toIntExact(op.scratchFloats()), false);
        vector("pixel", op.pixel(), Resampling.CHANNELS * LEVELS, false);
        vector("after", op.after(), Resampling.CHANNELS * Resampling.CHANNELS, true);
        axis("horizontal", op.horizontal());
        axis("vertical", op.vertical());
    }

    private static void axis(String name, Resampling.Axis axis) {
        vector(name + " first", axis.first(), axis.outputs(), false);
        vector(name + " count", axis.count(), axis.outputs(), false);
        vector(name + " weights", axis.weights(), rows(axis.outputs(), axis.taps()), false);
    }

    static void impose(Given given, Rows sample) {
        output("sample", sample, sample.rows(), sample.columns());
        dense("values", given.values(), sample);
        dense("noise", given.noise(), sample);
        dense("levels", given.levels(), sample);
    }

    static void denoise(DenoisingRule rule, Rows output, Rows sample, Rows fresh, Rows earlier) {
        output("sample", sample, sample.rows(), sample.columns());
        input("output", output, sample.rows(), sample.columns());
        if (fresh != null || rule.freshWeight() != 0) {
            dense("fresh", fresh, sample);
        }
        if (earlier != null || rule.earlierWeight() != 0) {
            dense("earlier", earlier, sample);
        }
    }

    private static void dense(String name, Rows rows, Rows sample) {
        if (rows == null) {
            throw new IllegalArgumentException(name + " is missing");
        }
        input(name, rows, sample.rows(), sample.columns());
        if (rows.stride() != rows.columns()) {
            throw new IllegalArgumentException(name + " has gaps: rows of " + rows.columns() + ", a stride of "
                    + rows.stride());
        }
    }

    private static void geometry(int size, int window, int stride, int pad) {
        if (size < 1 || window < 1 || stride < 1 || pad < 0 || size + 2L * pad < window) {
            throw new IllegalArgumentException(
                    "size " + size + " with window " + window + ", stride " + stride + ", padding " + pad);
        }
    }

    private static int rows(int a, int b) {
        return rows(a, b, 1);
    }

    private static int rows(int a, int b, int c) {
        // No overflow: the first product has 62 bits at most, and is small when it is multiplied again.
        long plane = (long) a * b;
        if (a < 0 || b < 0 || c < 0 || plane > Integer.MAX_VALUE || plane * c > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("more than 2^31 - 1 rows, or fewer than none");
        }
        return (int) (plane * c);
    }

    private static void input(String name, Rows rows, int wantRows, int wantColumns) {
        if (rows.rows() != wantRows || rows.columns() != wantColumns) {
            throw new IllegalArgumentException(name + " is [" + rows.rows() + ", " + rows.columns() + "], wanted ["
                    + wantRows + ", " + wantColumns + "]");
        }
        memory(name, rows.memory());
    }

    private static void output(String name, Rows rows, int wantRows, int wantColumns) {
        input(name, rows, wantRows, wantColumns);
        if (rows.memory().isReadOnly()) {
            throw new IllegalArgumentException(name + " is read-only");
        }
    }

    private static void weights(Panels weights, int outputs, int depth) {
        if (weights.outputs() != outputs || weights.depth() != depth) {
            throw new IllegalArgumentException("weights are packed for " + weights.outputs() + " outputs of depth "
                    + weights.depth() + ", wanted " + outputs + " of depth " + depth);
        }
        memory("weights", weights.memory());
        vector("scales", weights.scales(), outputs, true);
    }

    private static void vector(String name, MemorySegment memory, int count, boolean optional) {
        if (memory == null && optional) {
            return;
        }
        if (memory == null || memory.byteSize() < (long) count * Float.BYTES) {
            throw new IllegalArgumentException(name + " wants " + count + " floats, has "
                    + (memory == null ? "none" : memory.byteSize() / Float.BYTES));
        }
        memory(name, memory);
    }

    private static void memory(String name, MemorySegment memory) {
        if (!memory.isNative() || !memory.scope().isAlive() || (memory.address() & 3) != 0) {
            throw new IllegalArgumentException(name + " is not native memory that is open and aligned to floats");
        }
    }
}
