package sinew.kernels;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// Spatial softmax with neighbouring keypoints side by side in vectors.
final class VectorSoftmax {
    private static final long VECTOR_BYTES = (long) Simd.LANES * Float.BYTES;
    /// Positions whose exponentials fit into the scratch.
    private static final int BLOCK = Scratch.CHUNK / Simd.LANES;

    private VectorSoftmax() {}

    static void spatialSoftmax(Rows x, MemorySegment grid, Rows out, int batch, int part, int parts) {
        Scratch scratch = Scratch.ofThread();
        int positions = x.rows() / batch;
        int columns = (x.columns() + Simd.LANES - 1) / Simd.LANES;
        int end = Parts.begin(batch * columns, part + 1, parts);
        for (int unit = Parts.begin(batch * columns, part, parts); unit < end; unit++) {
            int sample = unit / columns;
            int keypoint = unit % columns * Simd.LANES;
            long from = x.address(sample * positions) + (long) Float.BYTES * keypoint;
            long to = out.address(sample) + 2L * Float.BYTES * keypoint;
            if (keypoint + Simd.LANES <= x.columns()) {
                vector(from, x.strideBytes(), positions, grid.address(), to, scratch.chunk);
            } else {
                for (int k = keypoint; k < x.columns(); k++) {
                    one(from, x.strideBytes(), positions, grid.address(), to);
                    from += Float.BYTES;
                    to += 2 * Float.BYTES;
                }
            }
        }
    }

    private static void vector(long x, long stride, int positions, long grid, long out, long scratch) {
        FloatVector max = FloatVector.broadcast(Simd.FLOATS, Float.NEGATIVE_INFINITY);
        for (int p = 0; p < positions; p++) {
            max = max.max(FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, x + p * stride, Simd.ORDER));
        }
        FloatVector sum = FloatVector.zero(Simd.FLOATS);
        FloatVector sumX = sum;
        FloatVector sumY = sum;
        for (int from = 0; from < positions; from += BLOCK) {
            int count = Math.min(BLOCK, positions - from);
            for (int p = 0; p < count; p++) {
                long at = x + (from + p) * stride;
                FloatVector value = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, at, Simd.ORDER);
                value.sub(max).intoMemorySegment(Simd.ALL, scratch + p * VECTOR_BYTES, Simd.ORDER);
            }
            VectorMath.exp(scratch, scratch, count * Simd.LANES, ScalarMath.EXP_MAX);
            for (int p = 0; p < count; p++) {
                long place = grid + 2L * Float.BYTES * (from + p);
                long at = scratch + p * VECTOR_BYTES;
                FloatVector e = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, at, Simd.ORDER);
                sum = sum.add(e);
                sumX = e.fma(FloatVector.broadcast(Simd.FLOATS, Simd.get(place)), sumX);
                sumY = e.fma(FloatVector.broadcast(Simd.FLOATS, Simd.get(place + Float.BYTES)), sumY);
            }
        }
        sumX.div(sum).intoMemorySegment(Simd.ALL, scratch, Simd.ORDER);
        sumY.div(sum).intoMemorySegment(Simd.ALL, scratch + VECTOR_BYTES, Simd.ORDER);
        for (int lane = 0; lane < Simd.LANES; lane++) {
            long offset = (long) Float.BYTES * lane;
            Simd.set(out + 2 * offset, Simd.get(scratch + offset));
            Simd.set(out + 2 * offset + Float.BYTES, Simd.get(scratch + VECTOR_BYTES + offset));
        }
    }

    private static void one(long x, long stride, int positions, long grid, long out) {
        float max = Float.NEGATIVE_INFINITY;
        for (int p = 0; p < positions; p++) {
            max = Math.max(max, Simd.get(x + p * stride));
        }
        float sum = 0;
        float sumX = 0;
        float sumY = 0;
        for (int p = 0; p < positions; p++) {
            long place = grid + 2L * Float.BYTES * p;
            float e = ScalarMath.exp(Simd.get(x + p * stride) - max);
            sum += e;
            sumX = Math.fma(e, Simd.get(place), sumX);
            sumY = Math.fma(e, Simd.get(place + Float.BYTES), sumY);
        }
        Simd.set(out, sumX / sum);
        Simd.set(out + Float.BYTES, sumY / sum);
    }
}
