package sinew.kernels;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// Pointwise operations, row by row, and the poolings, which are such over their channels.
final class VectorElementwise {
    private VectorElementwise() {}

    /// Adds the residual, if any, and applies the activation to the outputs of some panels.
    static void finish(
            Activation activation, Rows residual, Rows out, int row, int rows, int firstPanel, int endPanel) {
        if (residual == null && activation == Activation.NONE) {
            return;
        }
        long offset = firstPanel * Scratch.PANEL_BYTES;
        int columns = Math.min(out.columns(), endPanel * Panels.WIDTH) - firstPanel * Panels.WIDTH;
        for (int r = row; r < row + rows; r++) {
            long to = out.address(r) + offset;
            if (residual != null) {
                add(to, residual.address(r) + offset, to, columns);
            }
            activate(activation, to, to, columns);
        }
    }

    static void activate(Activation activation, Rows x, Rows out, int part, int parts) {
        int end = Parts.begin(x.rows(), part + 1, parts);
        for (int row = Parts.begin(x.rows(), part, parts); row < end; row++) {
            activate(activation, x.address(row), out.address(row), x.columns());
        }
    }

    static void add(Rows a, Rows b, Rows out, int part, int parts) {
        int end = Parts.begin(a.rows(), part + 1, parts);
        for (int row = Parts.begin(a.rows(), part, parts); row < end; row++) {
            add(a.address(row), b.address(row % b.rows()), out.address(row), a.columns());
        }
    }

    private static void activate(Activation activation, long x, long out, int count) {
        switch (activation) {
            case NONE -> copy(x, out, count);
            case RELU -> relu(x, out, count);
            case MISH, SILU, GELU, GELU_TANH, QUICK_GELU -> {
                copy(x, out, count);
                curve(activation, out, count);
            }
        }
    }

    static void copy(long x, long out, int count) {
        if (x != out) {
            MemorySegment.copy(Simd.ALL, x, Simd.ALL, out, (long) count * Float.BYTES);
        }
    }

    private static void relu(long x, long out, int count) {
        int i = 0;
        for (; i <= count - Simd.LANES; i += Simd.LANES) {
            long offset = (long) Float.BYTES * i;
            FloatVector value = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, x + offset, Simd.ORDER);
            value.max(0.0f).intoMemorySegment(Simd.ALL, out + offset, Simd.ORDER);
        }
        for (; i < count; i++) {
            long offset = (long) Float.BYTES * i;
            Simd.set(out + offset, Math.max(Simd.get(x + offset), 0.0f));
        }
    }

    /// The activations that are more than one instruction, in place.
    static void curve(Activation activation, long out, int count) {
        long scratch = Scratch.ofThread().chunk;
        for (int from = 0; from < count; from += Scratch.CHUNK) {
            long at = out + (long) Float.BYTES * from;
            int some = Math.min(Scratch.CHUNK, count - from);
            switch (activation) {
                case NONE, RELU -> throw new AssertionError(activation);
                case MISH -> VectorMath.mish(at, some, scratch);
                case SILU -> VectorMath.gated(at, some, -1, scratch);
                case GELU -> VectorMath.gelu(at, some, scratch);
                case GELU_TANH -> VectorMath.geluTanh(at, some, scratch);
                case QUICK_GELU -> VectorMath.gated(at, some, ScalarMath.QUICK, scratch);
            }
        }
    }

    /// Whether an activation is one that [#curve] computes.
    static boolean isCurve(Activation activation) {
        return activation != Activation.NONE && activation != Activation.RELU;
    }

    static void add(long a, long b, long out, int count) {
        int i = 0;
        for (; i <= count - Simd.LANES; i += Simd.LANES) {
            long offset = (long) Float.BYTES * i;
            FloatVector left = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, a + offset, Simd.ORDER);
            FloatVector right = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, b + offset, Simd.ORDER);
            left.add(right).intoMemorySegment(Simd.ALL, out + offset, Simd.ORDER);
        }
        for (; i < count; i++) {
            long offset = (long) Float.BYTES * i;
            Simd.set(out + offset, Simd.get(a + offset) + Simd.get(b + offset));
        }
    }

    static void maxPool2d(MaxPool2d op, Rows x, Rows out, int part, int parts) {
        int width = op.widthOut();
        int height = op.heightOut();
        int end = Parts.begin(out.rows(), part + 1, parts);
        for (int row = Parts.begin(out.rows(), part, parts); row < end; row++) {
            int line = row / width;
            int top = line % height * op.stride() - op.pad();
            int left = row % width * op.stride() - op.pad();
            int firstY = Math.max(top, 0);
            int firstX = Math.max(left, 0);
            int countY = Math.min(top + op.window(), op.heightIn()) - firstY;
            int countX = Math.min(left + op.window(), op.widthIn()) - firstX;
            long from = x.address((line / height * op.heightIn() + firstY) * op.widthIn() + firstX);
            long rowStep = op.widthIn() * x.strideBytes();
            pool(from, rowStep, countY, x.strideBytes(), countX, out.address(row), op.channels());
        }
    }

    private static void pool(long from, long stepY, int countY, long stepX, int countX, long to, int channels) {
        int c = 0;
        for (; c <= channels - Simd.LANES; c += Simd.LANES) {
            long offset = (long) Float.BYTES * c;
            FloatVector max = FloatVector.broadcast(Simd.FLOATS, Float.NEGATIVE_INFINITY);
            for (int y = 0; y < countY; y++) {
                for (int column = 0; column < countX; column++) {
                    long at = from + y * stepY + column * stepX + offset;
                    max = max.max(FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, at, Simd.ORDER));
                }
            }
            max.intoMemorySegment(Simd.ALL, to + offset, Simd.ORDER);
        }
        for (; c < channels; c++) {
            long offset = (long) Float.BYTES * c;
            float max = Float.NEGATIVE_INFINITY;
            for (int y = 0; y < countY; y++) {
                for (int column = 0; column < countX; column++) {
                    max = Math.max(max, Simd.get(from + y * stepY + column * stepX + offset));
                }
            }
            Simd.set(to + offset, max);
        }
    }

    /// Split over the channels, a vector of which is one unit.
    static void averagePool(Rows x, Rows out, int batch, int part, int parts) {
        int positions = x.rows() / batch;
        int units = (x.columns() + Simd.LANES - 1) / Simd.LANES;
        int from = Parts.begin(units, part, parts) * Simd.LANES;
        int count = Math.min(x.columns(), Parts.begin(units, part + 1, parts) * Simd.LANES) - from;
        long offset = (long) Float.BYTES * from;
        for (int sample = 0; sample < batch; sample++) {
            long at = x.address(sample * positions) + offset;
            mean(at, x.strideBytes(), positions, out.address(sample) + offset, count);
        }
    }

    private static void mean(long from, long stride, int positions, long to, int channels) {
        int c = 0;
        for (; c <= channels - Simd.LANES; c += Simd.LANES) {
            long offset = (long) Float.BYTES * c;
            FloatVector sum = FloatVector.zero(Simd.FLOATS);
            for (int p = 0; p < positions; p++) {
                sum = sum.add(FloatVector.fromMemorySegment(
                        Simd.FLOATS, Simd.ALL, from + p * stride + offset, Simd.ORDER));
            }
            sum.div(positions).intoMemorySegment(Simd.ALL, to + offset, Simd.ORDER);
        }
        for (; c < channels; c++) {
            long offset = (long) Float.BYTES * c;
            float sum = 0;
            for (int p = 0; p < positions; p++) {
                sum += Simd.get(from + p * stride + offset);
            }
            Simd.set(to + offset, sum / positions);
        }
    }
}
