package sinew.kernels;

import jdk.incubator.vector.FloatVector;

/// The inner loops of [GatherTiles] for F32 weights.
///
/// Written out by hand on purpose: helper methods would make C2 give up inlining half way, because each
/// access to a segment is hundreds of nodes, and a vector that crosses a call is an object.
final class GatherTilesF32 {
    private static final int ROW = Panels.WIDTH * Float.BYTES;

    private GatherTilesF32() {}

    static void six(long[] list, int at, long weights, int depth, long accumulators, long stride) {
        long x0 = list[at];
        long to0 = accumulators + list[at + 1] * stride;
        long x1 = list[at + 2];
        long to1 = accumulators + list[at + 3] * stride;
        long x2 = list[at + 4];
        long to2 = accumulators + list[at + 5] * stride;
        long x3 = list[at + 6];
        long to3 = accumulators + list[at + 7] * stride;
        long x4 = list[at + 8];
        long to4 = accumulators + list[at + 9] * stride;
        long x5 = list[at + 10];
        long to5 = accumulators + list[at + 11] * stride;
        FloatVector a0 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to0, Simd.ORDER);
        FloatVector b0 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to0 + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a1 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to1, Simd.ORDER);
        FloatVector b1 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to1 + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a2 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to2, Simd.ORDER);
        FloatVector b2 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to2 + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a3 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to3, Simd.ORDER);
        FloatVector b3 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to3 + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a4 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to4, Simd.ORDER);
        FloatVector b4 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to4 + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a5 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to5, Simd.ORDER);
        FloatVector b5 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to5 + Simd.HALF_BYTES, Simd.ORDER);
        for (int i = 0; i < depth; i++) {
            long from = weights + (long) ROW * i;
            FloatVector u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from, Simd.ORDER);
            FloatVector v =
                    FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + Simd.HALF_BYTES, Simd.ORDER);
            long step = (long) Float.BYTES * i;
            FloatVector x = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x0 + step));
            a0 = x.fma(u, a0);
            b0 = x.fma(v, b0);
            x = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x1 + step));
            a1 = x.fma(u, a1);
            b1 = x.fma(v, b1);
            x = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x2 + step));
            a2 = x.fma(u, a2);
            b2 = x.fma(v, b2);
            x = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x3 + step));
            a3 = x.fma(u, a3);
            b3 = x.fma(v, b3);
            x = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x4 + step));
            a4 = x.fma(u, a4);
            b4 = x.fma(v, b4);
            x = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x5 + step));
            a5 = x.fma(u, a5);
            b5 = x.fma(v, b5);
        }
        a0.intoMemorySegment(Simd.ALL, to0, Simd.ORDER);
        b0.intoMemorySegment(Simd.ALL, to0 + Simd.HALF_BYTES, Simd.ORDER);
        a1.intoMemorySegment(Simd.ALL, to1, Simd.ORDER);
        b1.intoMemorySegment(Simd.ALL, to1 + Simd.HALF_BYTES, Simd.ORDER);
        a2.intoMemorySegment(Simd.ALL, to2, Simd.ORDER);
        b2.intoMemorySegment(Simd.ALL, to2 + Simd.HALF_BYTES, Simd.ORDER);
        a3.intoMemorySegment(Simd.ALL, to3, Simd.ORDER);
        b3.intoMemorySegment(Simd.ALL, to3 + Simd.HALF_BYTES, Simd.ORDER);
        a4.intoMemorySegment(Simd.ALL, to4, Simd.ORDER);
        b4.intoMemorySegment(Simd.ALL, to4 + Simd.HALF_BYTES, Simd.ORDER);
        a5.intoMemorySegment(Simd.ALL, to5, Simd.ORDER);
        b5.intoMemorySegment(Simd.ALL, to5 + Simd.HALF_BYTES, Simd.ORDER);
    }

    static void four(long[] list, int at, long weights, int depth, long accumulators, long stride) {
        long x0 = list[at];
        long to0 = accumulators + list[at + 1] * stride;
        long x1 = list[at + 2];
        long to1 = accumulators + list[at + 3] * stride;
        long x2 = list[at + 4];
        long to2 = accumulators + list[at + 5] * stride;
        long x3 = list[at + 6];
        long to3 = accumulators + list[at + 7] * stride;
        FloatVector a0 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to0, Simd.ORDER);
        FloatVector b0 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to0 + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a1 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to1, Simd.ORDER);
        FloatVector b1 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to1 + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a2 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to2, Simd.ORDER);
        FloatVector b2 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to2 + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a3 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to3, Simd.ORDER);
        FloatVector b3 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to3 + Simd.HALF_BYTES, Simd.ORDER);
        for (int i = 0; i < depth; i++) {
            long from = weights + (long) ROW * i;
            FloatVector u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from, Simd.ORDER);
            FloatVector v =
                    FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + Simd.HALF_BYTES, Simd.ORDER);
            long step = (long) Float.BYTES * i;
            FloatVector x = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x0 + step));
            a0 = x.fma(u, a0);
            b0 = x.fma(v, b0);
            x = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x1 + step));
            a1 = x.fma(u, a1);
            b1 = x.fma(v, b1);
            x = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x2 + step));
            a2 = x.fma(u, a2);
            b2 = x.fma(v, b2);
            x = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x3 + step));
            a3 = x.fma(u, a3);
            b3 = x.fma(v, b3);
        }
        a0.intoMemorySegment(Simd.ALL, to0, Simd.ORDER);
        b0.intoMemorySegment(Simd.ALL, to0 + Simd.HALF_BYTES, Simd.ORDER);
        a1.intoMemorySegment(Simd.ALL, to1, Simd.ORDER);
        b1.intoMemorySegment(Simd.ALL, to1 + Simd.HALF_BYTES, Simd.ORDER);
        a2.intoMemorySegment(Simd.ALL, to2, Simd.ORDER);
        b2.intoMemorySegment(Simd.ALL, to2 + Simd.HALF_BYTES, Simd.ORDER);
        a3.intoMemorySegment(Simd.ALL, to3, Simd.ORDER);
        b3.intoMemorySegment(Simd.ALL, to3 + Simd.HALF_BYTES, Simd.ORDER);
    }

    static void one(long[] list, int at, long weights, int depth, long accumulators, long stride) {
        long x0 = list[at];
        long to0 = accumulators + list[at + 1] * stride;
        FloatVector a0 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to0, Simd.ORDER);
        FloatVector b0 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to0 + Simd.HALF_BYTES, Simd.ORDER);
        for (int i = 0; i < depth; i++) {
            long from = weights + (long) ROW * i;
            FloatVector u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from, Simd.ORDER);
            FloatVector v =
                    FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + Simd.HALF_BYTES, Simd.ORDER);
            long step = (long) Float.BYTES * i;
            FloatVector x = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x0 + step));
            a0 = x.fma(u, a0);
            b0 = x.fma(v, b0);
        }
        a0.intoMemorySegment(Simd.ALL, to0, Simd.ORDER);
        b0.intoMemorySegment(Simd.ALL, to0 + Simd.HALF_BYTES, Simd.ORDER);
    }
}
