package sinew.kernels;

import jdk.incubator.vector.FloatVector;

/// What transformers do to each token by itself.
final class VectorTokens {
    private VectorTokens() {}

    static void layerNorm(LayerNorm op, Rows x, Rows out, int part, int parts) {
        long lanes = Scratch.ofThread().chunk;
        int end = Parts.begin(x.rows(), part + 1, parts);
        for (int row = Parts.begin(x.rows(), part, parts); row < end; row++) {
            long from = x.address(row);
            float mean = (float) (VectorSums.sum(from, op.channels(), lanes) / op.channels());
            double squares = VectorSums.squares(from, op.channels(), mean, lanes);
            float inverse = ScalarTokens.inverseDeviation(squares, op);
            if (op.gamma() == null) {
                normalize(from, out.address(row), op.channels(), mean, inverse);
            } else {
                normalize(from, out.address(row), op.channels(), mean, inverse, op.gamma().address(),
                        op.beta().address());
            }
        }
    }

    private static void normalize(long from, long to, int count, float mean, float inverse) {
        int i = 0;
        for (; i <= count - Simd.LANES; i += Simd.LANES) {
            long offset = (long) Float.BYTES * i;
            FloatVector value = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + offset, Simd.ORDER);
            value.sub(mean).mul(inverse).intoMemorySegment(Simd.ALL, to + offset, Simd.ORDER);
        }
        for (; i < count; i++) {
            long offset = (long) Float.BYTES * i;
            Simd.set(to + offset, (Simd.get(from + offset) - mean) * inverse);
        }
    }

    private static void normalize(
            long from, long to, int count, float mean, float inverse, long gamma, long beta) {
        int i = 0;
        for (; i <= count - Simd.LANES; i += Simd.LANES) {
            long offset = (long) Float.BYTES * i;
            FloatVector factor = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, gamma + offset, Simd.ORDER);
            FloatVector shift = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, beta + offset, Simd.ORDER);
            FloatVector value = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + offset, Simd.ORDER);
            value.sub(mean).fma(factor.mul(inverse), shift).intoMemorySegment(Simd.ALL, to + offset, Simd.ORDER);
        }
        for (; i < count; i++) {
            long offset = (long) Float.BYTES * i;
            float factor = Simd.get(gamma + offset) * inverse;
            Simd.set(to + offset, Math.fma(Simd.get(from + offset) - mean, factor, Simd.get(beta + offset)));
        }
    }

    static void rotate(Rotary op, Rows x, Rows out, int part, int parts) {
        int half = op.headSize() / 2;
        long halfBytes = (long) half * Float.BYTES;
        int end = Parts.begin(x.rows(), part + 1, parts);
        for (int row = Parts.begin(x.rows(), part, parts); row < end; row++) {
            long angles = row % op.positions() * halfBytes;
            for (int head = 0; head < op.heads(); head++) {
                long offset = 2 * head * halfBytes;
                rotate(x.address(row) + offset, out.address(row) + offset, half, op.cosines().address() + angles,
                        op.sines().address() + angles);
            }
        }
    }

    private static void rotate(long from, long to, int half, long cosines, long sines) {
        long halfBytes = (long) half * Float.BYTES;
        int i = 0;
        for (; i <= half - Simd.LANES; i += Simd.LANES) {
            long offset = (long) Float.BYTES * i;
            long other = offset + halfBytes;
            FloatVector first = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + offset, Simd.ORDER);
            FloatVector second = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + other, Simd.ORDER);
            FloatVector cosine = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, cosines + offset, Simd.ORDER);
            FloatVector sine = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, sines + offset, Simd.ORDER);
            first.fma(cosine, second.mul(sine).neg()).intoMemorySegment(Simd.ALL, to + offset, Simd.ORDER);
            second.fma(cosine, first.mul(sine)).intoMemorySegment(Simd.ALL, to + other, Simd.ORDER);
        }
        for (; i < half; i++) {
            long offset = (long) Float.BYTES * i;
            float first = Simd.get(from + offset);
            float second = Simd.get(from + offset + halfBytes);
            float cosine = Simd.get(cosines + offset);
            float sine = Simd.get(sines + offset);
            Simd.set(to + offset, Math.fma(first, cosine, -(second * sine)));
            Simd.set(to + offset + halfBytes, Math.fma(second, cosine, first * sine));
        }
    }

    static void modulate(Rows x, Rows shift, Rows scale, Rows out, int part, int parts) {
        int positions = x.rows() / scale.rows();
        int end = Parts.begin(x.rows(), part + 1, parts);
        for (int row = Parts.begin(x.rows(), part, parts); row < end; row++) {
            int sample = row / positions;
            multiplyAdd(x.address(row), scale.address(sample), 1, shift.address(sample), out.address(row), x.columns());
        }
    }

    static void addGated(Rows x, Rows gate, Rows residual, Rows out, int part, int parts) {
        int positions = x.rows() / gate.rows();
        int end = Parts.begin(x.rows(), part + 1, parts);
        for (int row = Parts.begin(x.rows(), part, parts); row < end; row++) {
            multiplyAdd(x.address(row), gate.address(row / positions), 0, residual.address(row), out.address(row),
                    x.columns());
        }
    }

    /// to = a * (b + plus) + c. Adding 0 changes nothing but the sign of a zero, and a zero that is added to a number.
    private static void multiplyAdd(long a, long b, float plus, long c, long to, int count) {
        int i = 0;
        for (; i <= count - Simd.LANES; i += Simd.LANES) {
            long offset = (long) Float.BYTES * i;
            FloatVector left = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, a + offset, Simd.ORDER);
            FloatVector right = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, b + offset, Simd.ORDER);
            FloatVector sum = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, c + offset, Simd.ORDER);
            left.fma(right.add(plus), sum).intoMemorySegment(Simd.ALL, to + offset, Simd.ORDER);
        }
        for (; i < count; i++) {
            long offset = (long) Float.BYTES * i;
            float factor = Simd.get(b + offset) + plus;
            Simd.set(to + offset, Math.fma(Simd.get(a + offset), factor, Simd.get(c + offset)));
        }
    }
}
