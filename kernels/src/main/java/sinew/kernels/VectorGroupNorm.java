package sinew.kernels;

import jdk.incubator.vector.FloatVector;

/// [ScalarGroupNorm] with neighbouring channels side by side in vectors; channels that do not fill a vector
/// are computed one by one in the same order.
///
/// An instance is one group of one sample at a time; each thread has one and uses it again.
final class VectorGroupNorm {
    private int positions;
    private int channels;
    /// Addresses of the group's first element; 0 for operands that are missing.
    private long x;
    private long out;
    private long residual;
    private long gamma;
    private long beta;
    private long filmScale;
    private long filmBias;
    /// Bytes from one position to the next.
    private long xStride;
    private long outStride;
    private long residualStride;

    private float mean;
    private float inverseDeviation;
    private final long partials;

    /// @param partials address of a vector's lanes that nobody else uses
    VectorGroupNorm(long partials) {
        this.partials = partials;
    }

    static void mish(
            GroupNorm op,
            Rows x,
            Rows out,
            Rows film,
            boolean filmScale,
            Rows residual,
            int batch,
            int part,
            int parts) {
        VectorGroupNorm group = Scratch.ofThread().groupNorm;
        int end = Parts.begin(batch * op.groups(), part + 1, parts);
        for (int unit = Parts.begin(batch * op.groups(), part, parts); unit < end; unit++) {
            group.select(op, x, out, residual, batch, unit);
            group.film(op, film, filmScale, unit);
            group.measure(op.epsilon());
            int c = 0;
            for (; c <= group.channels - Simd.LANES; c += Simd.LANES) {
                group.mishVector((long) Float.BYTES * c);
            }
            for (; c < group.channels; c++) {
                group.mishChannel((long) Float.BYTES * c);
            }
        }
    }

    static void add(
            GroupNorm op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts) {
        VectorGroupNorm group = Scratch.ofThread().groupNorm;
        int end = Parts.begin(batch * op.groups(), part + 1, parts);
        for (int unit = Parts.begin(batch * op.groups(), part, parts); unit < end; unit++) {
            group.select(op, x, out, residual, batch, unit);
            group.measure(op.epsilon());
            int c = 0;
            for (; c <= group.channels - Simd.LANES; c += Simd.LANES) {
                group.addVector((long) Float.BYTES * c, activation == Activation.RELU, activation == Activation.MISH);
            }
            for (; c < group.channels; c++) {
                group.addChannel((long) Float.BYTES * c, activation);
            }
        }
    }

    private void select(GroupNorm op, Rows from, Rows to, Rows plus, int batch, int unit) {
        positions = from.rows() / batch;
        channels = op.channels() / op.groups();
        int row = unit / op.groups() * positions;
        long offset = (long) Float.BYTES * channels * (unit % op.groups());
        x = from.address(row) + offset;
        xStride = from.strideBytes();
        out = to.address(row) + offset;
        outStride = to.strideBytes();
        residual = plus == null ? 0 : plus.address(row) + offset;
        residualStride = plus == null ? 0 : plus.strideBytes();
        gamma = op.gamma().address() + offset;
        beta = op.beta().address() + offset;
    }

    private void film(GroupNorm op, Rows film, boolean hasScale, int unit) {
        filmScale = 0;
        filmBias = 0;
        if (film != null) {
            long address = film.address(unit / op.groups());
            long offset = (long) Float.BYTES * channels * (unit % op.groups());
            filmScale = hasScale ? address + offset : 0;
            filmBias = address + offset + (hasScale ? (long) Float.BYTES * op.channels() : 0);
        }
    }

    private void measure(float epsilon) {
        double count = (double) positions * channels;
        double sum = 0;
        for (int from = 0; from < positions; from += ScalarGroupNorm.BLOCK) {
            sum = addSums(sum, x + from * xStride, Math.min(ScalarGroupNorm.BLOCK, positions - from));
        }
        mean = (float) (sum / count);
        double squares = 0;
        for (int from = 0; from < positions; from += ScalarGroupNorm.BLOCK) {
            squares = addSquares(squares, x + from * xStride, Math.min(ScalarGroupNorm.BLOCK, positions - from));
        }
        inverseDeviation = (float) (1.0 / Math.sqrt(squares / count + epsilon));
    }

    private double addSums(double start, long from, int rows) {
        double total = start;
        long stride = xStride;
        int c = 0;
        for (; c <= channels - Simd.LANES; c += Simd.LANES) {
            FloatVector sum = FloatVector.zero(Simd.FLOATS);
            for (int r = 0; r < rows; r++) {
                sum = sum.add(Simd.load(from + r * stride + (long) Float.BYTES * c));
            }
            total = addLanes(total, sum);
        }
        for (; c < channels; c++) {
            float sum = 0;
            for (int r = 0; r < rows; r++) {
                sum += Simd.get(from + r * stride + (long) Float.BYTES * c);
            }
            total += sum;
        }
        return total;
    }

    private double addSquares(double start, long from, int rows) {
        double total = start;
        long stride = xStride;
        float center = mean;
        int c = 0;
        for (; c <= channels - Simd.LANES; c += Simd.LANES) {
            FloatVector sum = FloatVector.zero(Simd.FLOATS);
            for (int r = 0; r < rows; r++) {
                FloatVector deviation = Simd.load(from + r * stride + (long) Float.BYTES * c).sub(center);
                sum = deviation.fma(deviation, sum);
            }
            total = addLanes(total, sum);
        }
        for (; c < channels; c++) {
            float sum = 0;
            for (int r = 0; r < rows; r++) {
                float deviation = Simd.get(from + r * stride + (long) Float.BYTES * c) - center;
                sum = Math.fma(deviation, deviation, sum);
            }
            total += sum;
        }
        return total;
    }

    private double addLanes(double start, FloatVector sum) {
        double total = start;
        Simd.store(sum, partials);
        for (int lane = 0; lane < Simd.LANES; lane++) {
            total += Simd.get(partials + (long) Float.BYTES * lane);
        }
        return total;
    }

    private void mishVector(long offset) {
        FloatVector factor = Simd.load(gamma + offset).mul(inverseDeviation);
        FloatVector shift = Simd.load(beta + offset);
        boolean film = filmBias != 0;
        FloatVector scale = filmScale == 0 ? FloatVector.broadcast(Simd.FLOATS, 1.0f) : Simd.load(filmScale + offset);
        FloatVector bias = film ? Simd.load(filmBias + offset) : shift;
        long plus = residual;
        for (int p = 0; p < positions; p++) {
            FloatVector y = VectorMath.mish(Simd.load(x + p * xStride + offset).sub(mean).fma(factor, shift));
            if (film) {
                y = y.fma(scale, bias);
            }
            if (plus != 0) {
                y = y.add(Simd.load(plus + p * residualStride + offset));
            }
            Simd.store(y, out + p * outStride + offset);
        }
    }

    private void mishChannel(long offset) {
        float factor = Simd.get(gamma + offset) * inverseDeviation;
        float shift = Simd.get(beta + offset);
        for (int p = 0; p < positions; p++) {
            float y = ScalarMath.mish(Math.fma(Simd.get(x + p * xStride + offset) - mean, factor, shift));
            if (filmBias != 0) {
                y = Math.fma(y, filmScale == 0 ? 1.0f : Simd.get(filmScale + offset), Simd.get(filmBias + offset));
            }
            if (residual != 0) {
                y += Simd.get(residual + p * residualStride + offset);
            }
            Simd.set(out + p * outStride + offset, y);
        }
    }

    private void addVector(long offset, boolean relu, boolean mish) {
        FloatVector factor = Simd.load(gamma + offset).mul(inverseDeviation);
        FloatVector shift = Simd.load(beta + offset);
        long plus = residual;
        for (int p = 0; p < positions; p++) {
            FloatVector y = Simd.load(x + p * xStride + offset).sub(mean).fma(factor, shift);
            if (plus != 0) {
                y = y.add(Simd.load(plus + p * residualStride + offset));
            }
            if (relu) {
                y = y.max(0.0f);
            } else if (mish) {
                y = VectorMath.mish(y);
            }
            Simd.store(y, out + p * outStride + offset);
        }
    }

    private void addChannel(long offset, Activation activation) {
        float factor = Simd.get(gamma + offset) * inverseDeviation;
        float shift = Simd.get(beta + offset);
        for (int p = 0; p < positions; p++) {
            float y = Math.fma(Simd.get(x + p * xStride + offset) - mean, factor, shift);
            if (residual != 0) {
                y += Simd.get(residual + p * residualStride + offset);
            }
            Simd.set(out + p * outStride + offset, ScalarMath.activate(activation, y));
        }
    }
}
