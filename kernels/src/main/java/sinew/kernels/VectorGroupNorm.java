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
    private final long chunk;
    private final long scratch;

    /// @param chunk   address of [Scratch#CHUNK] floats for a row's values on their way
    /// @param scratch address of as many for what only a step of the computation needs
    VectorGroupNorm(long chunk, long scratch) {
        this.chunk = chunk;
        this.scratch = scratch;
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
            for (int position = 0; position < group.positions; position++) {
                group.mishRow(position);
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
                group.addVector((long) Float.BYTES * c, activation == Activation.RELU);
            }
            for (; c < group.channels; c++) {
                group.addChannel((long) Float.BYTES * c, activation == Activation.RELU);
            }
            for (int row = 0; VectorElementwise.isCurve(activation) && row < group.positions; row++) {
                VectorElementwise.curve(activation, group.out + row * group.outStride, group.channels);
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
                long at = from + r * stride + (long) Float.BYTES * c;
                sum = sum.add(FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, at, Simd.ORDER));
            }
            sum.intoMemorySegment(Simd.ALL, scratch, Simd.ORDER);
            total = addLanes(total);
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
                long at = from + r * stride + (long) Float.BYTES * c;
                FloatVector value = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, at, Simd.ORDER);
                FloatVector deviation = value.sub(center);
                sum = deviation.fma(deviation, sum);
            }
            sum.intoMemorySegment(Simd.ALL, scratch, Simd.ORDER);
            total = addLanes(total);
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

    /// Adds the vector of sums that lies in the scratch.
    private double addLanes(double start) {
        double total = start;
        for (int lane = 0; lane < Simd.LANES; lane++) {
            total += Simd.get(scratch + (long) Float.BYTES * lane);
        }
        return total;
    }

    private void mishRow(int position) {
        long fromRow = x + position * xStride;
        long toRow = out + position * outStride;
        long plusRow = residual == 0 ? 0 : residual + position * residualStride;
        for (int c = 0; c < channels; c += Scratch.CHUNK) {
            int count = Math.min(Scratch.CHUNK, channels - c);
            long offset = (long) Float.BYTES * c;
            normalize(fromRow + offset, count, offset);
            VectorMath.mish(chunk, count, scratch);
            if (filmBias != 0) {
                film(count, offset);
            }
            if (plusRow == 0) {
                VectorElementwise.copy(chunk, toRow + offset, count);
            } else {
                VectorElementwise.add(chunk, plusRow + offset, toRow + offset, count);
            }
        }
    }

    /// chunk = (from - mean) * gamma / deviation + beta
    private void normalize(long from, int count, long parameters) {
        long to = chunk;
        long factors = gamma + parameters;
        long shifts = beta + parameters;
        float center = mean;
        float inverse = inverseDeviation;
        int i = 0;
        for (; i <= count - Simd.LANES; i += Simd.LANES) {
            long offset = (long) Float.BYTES * i;
            FloatVector factor = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, factors + offset, Simd.ORDER);
            FloatVector shift = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, shifts + offset, Simd.ORDER);
            FloatVector value = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + offset, Simd.ORDER);
            value.sub(center).fma(factor.mul(inverse), shift).intoMemorySegment(Simd.ALL, to + offset, Simd.ORDER);
        }
        for (; i < count; i++) {
            long offset = (long) Float.BYTES * i;
            float factor = Simd.get(factors + offset) * inverse;
            Simd.set(to + offset, Math.fma(Simd.get(from + offset) - center, factor, Simd.get(shifts + offset)));
        }
    }

    /// chunk = chunk * scale + bias
    private void film(int count, long parameters) {
        long values = chunk;
        long biases = filmBias + parameters;
        if (filmScale == 0) {
            VectorElementwise.add(values, biases, values, count);
            return;
        }
        long scales = filmScale + parameters;
        int i = 0;
        for (; i <= count - Simd.LANES; i += Simd.LANES) {
            long offset = (long) Float.BYTES * i;
            FloatVector scale = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, scales + offset, Simd.ORDER);
            FloatVector bias = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, biases + offset, Simd.ORDER);
            FloatVector value = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, values + offset, Simd.ORDER);
            value.fma(scale, bias).intoMemorySegment(Simd.ALL, values + offset, Simd.ORDER);
        }
        for (; i < count; i++) {
            long offset = (long) Float.BYTES * i;
            float scaled = Math.fma(Simd.get(values + offset), Simd.get(scales + offset), Simd.get(biases + offset));
            Simd.set(values + offset, scaled);
        }
    }

    /// out = norm(x) + residual for neighbouring channels at all positions: groups of pictures are narrow
    /// and have many positions.
    private void addVector(long offset, boolean relu) {
        FloatVector factor = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, gamma + offset, Simd.ORDER)
                .mul(inverseDeviation);
        FloatVector shift = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, beta + offset, Simd.ORDER);
        FloatVector floor = FloatVector.broadcast(Simd.FLOATS, relu ? 0.0f : Float.NEGATIVE_INFINITY);
        long plus = residual;
        for (int p = 0; p < positions; p++) {
            long from = x + p * xStride + offset;
            FloatVector value = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from, Simd.ORDER);
            FloatVector y = value.sub(mean).fma(factor, shift);
            if (plus != 0) {
                long at = plus + p * residualStride + offset;
                y = y.add(FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, at, Simd.ORDER));
            }
            y.max(floor).intoMemorySegment(Simd.ALL, out + p * outStride + offset, Simd.ORDER);
        }
    }

    private void addChannel(long offset, boolean relu) {
        float factor = Simd.get(gamma + offset) * inverseDeviation;
        float shift = Simd.get(beta + offset);
        float floor = relu ? 0.0f : Float.NEGATIVE_INFINITY;
        for (int p = 0; p < positions; p++) {
            float y = Math.fma(Simd.get(x + p * xStride + offset) - mean, factor, shift);
            if (residual != 0) {
                y += Simd.get(residual + p * residualStride + offset);
            }
            Simd.set(out + p * outStride + offset, Math.max(y, floor));
        }
    }
}
