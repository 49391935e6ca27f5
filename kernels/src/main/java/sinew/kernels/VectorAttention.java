package sinew.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Attention as two matrix products: keys and values of a head are packed like weights, so that both go through
/// [Product], with the softmax between them.
///
/// One per thread, and used again by every call.
final class VectorAttention {
    /// Queries that are answered together: their weights for all keys should stay in the second-level cache.
    private static final int QUERIES = 48;

    private final long[] list = new long[2 * QUERIES];
    private final float[] sums = new float[QUERIES];
    private MemorySegment memory = MemorySegment.NULL;

    private Attention op;
    /// Panels of keys and of channels of a head.
    private int keyPanels;
    private int channelPanels;
    /// [keyPanels][headSize][16], [channelPanels][keys][16], [QUERIES][weightStride], [QUERIES][channelPanels * 16],
    /// [16].
    private long keys;
    private long values;
    private long weights;
    private long means;
    private long lanes;
    private long weightStride;
    private long meanStride;

    static void run(Attention op, Rows q, Rows k, Rows v, Rows mask, Rows out, int batch, int part, int parts) {
        VectorAttention attention = Scratch.ofThread().attention;
        attention.reserve(op);
        int end = Parts.begin(batch * op.heads(), part + 1, parts);
        for (int unit = Parts.begin(batch * op.heads(), part, parts); unit < end; unit++) {
            int sample = unit / op.heads();
            long channel = (long) (unit % op.heads()) * op.headSize() * Float.BYTES;
            attention.packKeys(k.address(sample * op.keys()) + channel, k.strideBytes());
            attention.packValues(v.address(sample * op.keys()) + channel, v.strideBytes());
            for (int query = 0; query < op.queries(); query += QUERIES) {
                int rows = Math.min(QUERIES, op.queries() - query);
                int row = sample * op.queries() + query;
                attention.weigh(q.address(row) + channel, q.strideBytes(), rows);
                attention.softmax(mask, row, rows);
                attention.average(rows, out.address(row) + channel, out.strideBytes());
            }
        }
    }

    private void reserve(Attention next) {
        op = next;
        keyPanels = Panels.panels(op.keys());
        channelPanels = Panels.panels(op.headSize());
        weightStride = (long) Rows.strideFor(keyPanels * Panels.WIDTH) * Float.BYTES;
        meanStride = (long) channelPanels * Panels.WIDTH * Float.BYTES;
        long keyBytes = (long) keyPanels * op.headSize() * Panels.GROUP_BYTES;
        long valueBytes = (long) channelPanels * op.keys() * Panels.GROUP_BYTES;
        long need = keyBytes + valueBytes + QUERIES * (weightStride + meanStride) + Panels.GROUP_BYTES;
        if (memory.byteSize() < need) {
            memory = NativeMemory.bytes(Arena.ofAuto(), need);
        }
        keys = memory.address();
        values = keys + keyBytes;
        weights = values + valueBytes;
        means = weights + QUERIES * weightStride;
        lanes = means + QUERIES * meanStride;
    }

    private void packKeys(long from, long stride) {
        for (int panel = 0; panel < keyPanels; panel++) {
            long to = keys + (long) panel * op.headSize() * Panels.GROUP_BYTES;
            for (int lane = 0; lane < Panels.WIDTH; lane++) {
                int key = panel * Panels.WIDTH + lane;
                if (key < op.keys()) {
                    scatter(from + key * stride, to + (long) lane * Float.BYTES, op.headSize());
                } else {
                    clear(to + (long) lane * Float.BYTES, op.headSize());
                }
            }
        }
    }

    /// Neighbouring values to one lane of neighbouring groups.
    private static void scatter(long from, long to, int count) {
        for (int i = 0; i < count; i++) {
            Simd.set(to + (long) i * Panels.GROUP_BYTES, Simd.get(from + (long) i * Float.BYTES));
        }
    }

    private static void clear(long to, int count) {
        for (int i = 0; i < count; i++) {
            Simd.set(to + (long) i * Panels.GROUP_BYTES, 0);
        }
    }

    private void packValues(long from, long stride) {
        for (int panel = 0; panel < channelPanels; panel++) {
            long to = values + (long) panel * op.keys() * Panels.GROUP_BYTES;
            int width = Math.min(Panels.WIDTH, op.headSize() - panel * Panels.WIDTH);
            long start = from + panel * Scratch.PANEL_BYTES;
            if (width == Panels.WIDTH) {
                rows(start, stride, to, op.keys());
            } else {
                narrowRows(start, stride, to, op.keys(), width);
            }
        }
    }

    private static void rows(long from, long stride, long to, int count) {
        for (int row = 0; row < count; row++) {
            for (long offset = 0; offset < Panels.GROUP_BYTES; offset += Simd.BYTES) {
                Simd.store(Simd.load(from + row * stride + offset), to + (long) row * Panels.GROUP_BYTES + offset);
            }
        }
    }

    private static void narrowRows(long from, long stride, long to, int count, int width) {
        for (int row = 0; row < count; row++) {
            for (int c = 0; c < Panels.WIDTH; c++) {
                long offset = (long) c * Float.BYTES;
                Simd.set(to + (long) row * Panels.GROUP_BYTES + offset,
                        c < width ? Simd.get(from + row * stride + offset) : 0);
            }
        }
    }

    /// weights = queries times keys.
    private void weigh(long queries, long stride, int rows) {
        list(queries, stride, rows);
        zero(weights, rows * weightStride);
        Product.panels(WeightType.F32, list, 0, rows, keys, (long) op.headSize() * Panels.GROUP_BYTES, keyPanels,
                op.headSize(), weights, weightStride);
    }

    /// weights = exponentials of the scaled and masked weights, less their largest; and their sums.
    private void softmax(Rows mask, int row, int rows) {
        for (int i = 0; i < rows; i++) {
            long at = weights + i * weightStride;
            float max = mask == null
                    ? scale(at, op.keys(), op.scale())
                    : mask(at, op.keys(), op.scale(), mask.address((row + i) % mask.rows()));
            subtract(at, op.keys(), max);
            VectorMath.exp(at, at, op.keys(), ScalarMath.EXP_MAX);
            sums[i] = (float) VectorSums.sum(at, op.keys(), lanes);
        }
    }

    /// Scales in place and returns the largest.
    private static float scale(long values, int count, float scale) {
        FloatVector maxima = FloatVector.broadcast(Simd.FLOATS, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i <= count - Simd.LANES; i += Simd.LANES) {
            long at = values + (long) Float.BYTES * i;
            FloatVector value = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, at, Simd.ORDER).mul(scale);
            value.intoMemorySegment(Simd.ALL, at, Simd.ORDER);
            maxima = maxima.max(value);
        }
        float max = maxima.reduceLanes(VectorOperators.MAX);
        for (; i < count; i++) {
            long at = values + (long) Float.BYTES * i;
            float value = Simd.get(at) * scale;
            Simd.set(at, value);
            max = Math.max(max, value);
        }
        return max;
    }

    /// Scales, adds the mask and returns the largest.
    private static float mask(long values, int count, float scale, long mask) {
        FloatVector maxima = FloatVector.broadcast(Simd.FLOATS, Float.NEGATIVE_INFINITY);
        FloatVector factor = FloatVector.broadcast(Simd.FLOATS, scale);
        int i = 0;
        for (; i <= count - Simd.LANES; i += Simd.LANES) {
            long offset = (long) Float.BYTES * i;
            FloatVector plus = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, mask + offset, Simd.ORDER);
            FloatVector value = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, values + offset, Simd.ORDER)
                    .fma(factor, plus);
            value.intoMemorySegment(Simd.ALL, values + offset, Simd.ORDER);
            maxima = maxima.max(value);
        }
        float max = maxima.reduceLanes(VectorOperators.MAX);
        for (; i < count; i++) {
            long offset = (long) Float.BYTES * i;
            float value = Math.fma(Simd.get(values + offset), scale, Simd.get(mask + offset));
            Simd.set(values + offset, value);
            max = Math.max(max, value);
        }
        return max;
    }

    private static void subtract(long values, int count, float max) {
        int i = 0;
        for (; i <= count - Simd.LANES; i += Simd.LANES) {
            long at = values + (long) Float.BYTES * i;
            FloatVector value = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, at, Simd.ORDER);
            value.sub(max).intoMemorySegment(Simd.ALL, at, Simd.ORDER);
        }
        for (; i < count; i++) {
            long at = values + (long) Float.BYTES * i;
            Simd.set(at, Simd.get(at) - max);
        }
    }

    /// out = weights times values, divided by the weights' sums.
    private void average(int rows, long out, long stride) {
        list(weights, weightStride, rows);
        zero(means, rows * meanStride);
        Product.panels(WeightType.F32, list, 0, rows, values, (long) op.keys() * Panels.GROUP_BYTES, channelPanels,
                op.keys(), means, meanStride);
        for (int i = 0; i < rows; i++) {
            divide(means + i * meanStride, sums[i], out + i * stride, op.headSize());
        }
    }

    private static void divide(long from, float by, long to, int count) {
        int i = 0;
        for (; i <= count - Simd.LANES; i += Simd.LANES) {
            long offset = (long) Float.BYTES * i;
            FloatVector value = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + offset, Simd.ORDER);
            value.div(by).intoMemorySegment(Simd.ALL, to + offset, Simd.ORDER);
        }
        for (; i < count; i++) {
            long offset = (long) Float.BYTES * i;
            Simd.set(to + offset, Simd.get(from + offset) / by);
        }
    }

    private void list(long rows, long stride, int count) {
        for (int i = 0; i < count; i++) {
            list[2 * i] = rows + i * stride;
            list[2 * i + 1] = i;
        }
    }

    /// @param bytes a multiple of a panel's row
    private static void zero(long at, long bytes) {
        FloatVector zero = FloatVector.zero(Simd.FLOATS);
        for (long offset = 0; offset < bytes; offset += Simd.BYTES) {
            zero.intoMemorySegment(Simd.ALL, at + offset, Simd.ORDER);
        }
    }
}
