package sinew.kernels;

import jdk.incubator.vector.FloatVector;

/// Four time steps by sixteen outputs of a convolution with five taps, stride 1 and padding 2, for F32 weights.
/// One method per kind of edge, each multiplying exactly the inputs that exist.
///
/// `input` is the address of the row two before the first step (before the sequence at its left edge, and
/// not read there). Of eight input rows four live in registers at a time: the loop slides over them, so
/// that each is loaded once per channel.
final class FiveTapTilesF32 {
    private static final int CHANNEL = 5 * Panels.WIDTH * Float.BYTES;
    private static final int TAP = Panels.WIDTH * Float.BYTES;

    private FiveTapTilesF32() {}

    /// No edge: all eight input rows exist.
    static void inner(long input, long inputStride, long weights, int channels, long to, long toStride) {
        long to1 = to + toStride;
        long to2 = to + 2 * toStride;
        long to3 = to + 3 * toStride;
        FloatVector a0 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to, Simd.ORDER);
        FloatVector b0 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a1 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to1, Simd.ORDER);
        FloatVector b1 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to1 + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a2 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to2, Simd.ORDER);
        FloatVector b2 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to2 + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a3 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to3, Simd.ORDER);
        FloatVector b3 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to3 + Simd.HALF_BYTES, Simd.ORDER);
        long x1 = input + inputStride;
        long x2 = input + 2 * inputStride;
        long x3 = input + 3 * inputStride;
        long x4 = input + 4 * inputStride;
        long x5 = input + 5 * inputStride;
        long x6 = input + 6 * inputStride;
        long x7 = input + 7 * inputStride;
        for (int i = 0; i < channels; i++) {
            long step = (long) Float.BYTES * i;
            long from = weights + (long) CHANNEL * i;
            FloatVector u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from, Simd.ORDER);
            FloatVector v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + Simd.HALF_BYTES, Simd.ORDER);
            FloatVector s0 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, input + step));
            a0 = s0.fma(u, a0);
            b0 = s0.fma(v, b0);
            FloatVector s1 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x1 + step));
            a1 = s1.fma(u, a1);
            b1 = s1.fma(v, b1);
            FloatVector s2 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x2 + step));
            a2 = s2.fma(u, a2);
            b2 = s2.fma(v, b2);
            FloatVector s3 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x3 + step));
            a3 = s3.fma(u, a3);
            b3 = s3.fma(v, b3);
            u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + TAP, Simd.ORDER);
            v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + TAP + Simd.HALF_BYTES, Simd.ORDER);
            a0 = s1.fma(u, a0);
            b0 = s1.fma(v, b0);
            a1 = s2.fma(u, a1);
            b1 = s2.fma(v, b1);
            a2 = s3.fma(u, a2);
            b2 = s3.fma(v, b2);
            FloatVector s4 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x4 + step));
            a3 = s4.fma(u, a3);
            b3 = s4.fma(v, b3);
            u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 2 * TAP, Simd.ORDER);
            v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 2 * TAP + Simd.HALF_BYTES, Simd.ORDER);
            a0 = s2.fma(u, a0);
            b0 = s2.fma(v, b0);
            a1 = s3.fma(u, a1);
            b1 = s3.fma(v, b1);
            a2 = s4.fma(u, a2);
            b2 = s4.fma(v, b2);
            FloatVector s5 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x5 + step));
            a3 = s5.fma(u, a3);
            b3 = s5.fma(v, b3);
            u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 3 * TAP, Simd.ORDER);
            v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 3 * TAP + Simd.HALF_BYTES, Simd.ORDER);
            a0 = s3.fma(u, a0);
            b0 = s3.fma(v, b0);
            a1 = s4.fma(u, a1);
            b1 = s4.fma(v, b1);
            a2 = s5.fma(u, a2);
            b2 = s5.fma(v, b2);
            FloatVector s6 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x6 + step));
            a3 = s6.fma(u, a3);
            b3 = s6.fma(v, b3);
            u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 4 * TAP, Simd.ORDER);
            v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 4 * TAP + Simd.HALF_BYTES, Simd.ORDER);
            a0 = s4.fma(u, a0);
            b0 = s4.fma(v, b0);
            a1 = s5.fma(u, a1);
            b1 = s5.fma(v, b1);
            a2 = s6.fma(u, a2);
            b2 = s6.fma(v, b2);
            FloatVector s7 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x7 + step));
            a3 = s7.fma(u, a3);
            b3 = s7.fma(v, b3);
        }
        a0.intoMemorySegment(Simd.ALL, to, Simd.ORDER);
        b0.intoMemorySegment(Simd.ALL, to + Simd.HALF_BYTES, Simd.ORDER);
        a1.intoMemorySegment(Simd.ALL, to1, Simd.ORDER);
        b1.intoMemorySegment(Simd.ALL, to1 + Simd.HALF_BYTES, Simd.ORDER);
        a2.intoMemorySegment(Simd.ALL, to2, Simd.ORDER);
        b2.intoMemorySegment(Simd.ALL, to2 + Simd.HALF_BYTES, Simd.ORDER);
        a3.intoMemorySegment(Simd.ALL, to3, Simd.ORDER);
        b3.intoMemorySegment(Simd.ALL, to3 + Simd.HALF_BYTES, Simd.ORDER);
    }

    /// Left edge: the two rows before the first step are padding.
    static void first(long input, long inputStride, long weights, int channels, long to, long toStride) {
        long to1 = to + toStride;
        long to2 = to + 2 * toStride;
        long to3 = to + 3 * toStride;
        FloatVector a0 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to, Simd.ORDER);
        FloatVector b0 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a1 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to1, Simd.ORDER);
        FloatVector b1 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to1 + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a2 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to2, Simd.ORDER);
        FloatVector b2 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to2 + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a3 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to3, Simd.ORDER);
        FloatVector b3 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to3 + Simd.HALF_BYTES, Simd.ORDER);
        long x2 = input + 2 * inputStride;
        long x3 = input + 3 * inputStride;
        long x4 = input + 4 * inputStride;
        long x5 = input + 5 * inputStride;
        long x6 = input + 6 * inputStride;
        long x7 = input + 7 * inputStride;
        for (int i = 0; i < channels; i++) {
            long step = (long) Float.BYTES * i;
            long from = weights + (long) CHANNEL * i;
            FloatVector u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from, Simd.ORDER);
            FloatVector v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + Simd.HALF_BYTES, Simd.ORDER);
            FloatVector s2 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x2 + step));
            a2 = s2.fma(u, a2);
            b2 = s2.fma(v, b2);
            FloatVector s3 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x3 + step));
            a3 = s3.fma(u, a3);
            b3 = s3.fma(v, b3);
            u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + TAP, Simd.ORDER);
            v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + TAP + Simd.HALF_BYTES, Simd.ORDER);
            a1 = s2.fma(u, a1);
            b1 = s2.fma(v, b1);
            a2 = s3.fma(u, a2);
            b2 = s3.fma(v, b2);
            FloatVector s4 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x4 + step));
            a3 = s4.fma(u, a3);
            b3 = s4.fma(v, b3);
            u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 2 * TAP, Simd.ORDER);
            v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 2 * TAP + Simd.HALF_BYTES, Simd.ORDER);
            a0 = s2.fma(u, a0);
            b0 = s2.fma(v, b0);
            a1 = s3.fma(u, a1);
            b1 = s3.fma(v, b1);
            a2 = s4.fma(u, a2);
            b2 = s4.fma(v, b2);
            FloatVector s5 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x5 + step));
            a3 = s5.fma(u, a3);
            b3 = s5.fma(v, b3);
            u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 3 * TAP, Simd.ORDER);
            v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 3 * TAP + Simd.HALF_BYTES, Simd.ORDER);
            a0 = s3.fma(u, a0);
            b0 = s3.fma(v, b0);
            a1 = s4.fma(u, a1);
            b1 = s4.fma(v, b1);
            a2 = s5.fma(u, a2);
            b2 = s5.fma(v, b2);
            FloatVector s6 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x6 + step));
            a3 = s6.fma(u, a3);
            b3 = s6.fma(v, b3);
            u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 4 * TAP, Simd.ORDER);
            v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 4 * TAP + Simd.HALF_BYTES, Simd.ORDER);
            a0 = s4.fma(u, a0);
            b0 = s4.fma(v, b0);
            a1 = s5.fma(u, a1);
            b1 = s5.fma(v, b1);
            a2 = s6.fma(u, a2);
            b2 = s6.fma(v, b2);
            FloatVector s7 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x7 + step));
            a3 = s7.fma(u, a3);
            b3 = s7.fma(v, b3);
        }
        a0.intoMemorySegment(Simd.ALL, to, Simd.ORDER);
        b0.intoMemorySegment(Simd.ALL, to + Simd.HALF_BYTES, Simd.ORDER);
        a1.intoMemorySegment(Simd.ALL, to1, Simd.ORDER);
        b1.intoMemorySegment(Simd.ALL, to1 + Simd.HALF_BYTES, Simd.ORDER);
        a2.intoMemorySegment(Simd.ALL, to2, Simd.ORDER);
        b2.intoMemorySegment(Simd.ALL, to2 + Simd.HALF_BYTES, Simd.ORDER);
        a3.intoMemorySegment(Simd.ALL, to3, Simd.ORDER);
        b3.intoMemorySegment(Simd.ALL, to3 + Simd.HALF_BYTES, Simd.ORDER);
    }

    /// Right edge: the two rows after the last step are padding.
    static void last(long input, long inputStride, long weights, int channels, long to, long toStride) {
        long to1 = to + toStride;
        long to2 = to + 2 * toStride;
        long to3 = to + 3 * toStride;
        FloatVector a0 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to, Simd.ORDER);
        FloatVector b0 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a1 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to1, Simd.ORDER);
        FloatVector b1 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to1 + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a2 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to2, Simd.ORDER);
        FloatVector b2 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to2 + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a3 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to3, Simd.ORDER);
        FloatVector b3 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to3 + Simd.HALF_BYTES, Simd.ORDER);
        long x1 = input + inputStride;
        long x2 = input + 2 * inputStride;
        long x3 = input + 3 * inputStride;
        long x4 = input + 4 * inputStride;
        long x5 = input + 5 * inputStride;
        for (int i = 0; i < channels; i++) {
            long step = (long) Float.BYTES * i;
            long from = weights + (long) CHANNEL * i;
            FloatVector u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from, Simd.ORDER);
            FloatVector v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + Simd.HALF_BYTES, Simd.ORDER);
            FloatVector s0 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, input + step));
            a0 = s0.fma(u, a0);
            b0 = s0.fma(v, b0);
            FloatVector s1 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x1 + step));
            a1 = s1.fma(u, a1);
            b1 = s1.fma(v, b1);
            FloatVector s2 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x2 + step));
            a2 = s2.fma(u, a2);
            b2 = s2.fma(v, b2);
            FloatVector s3 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x3 + step));
            a3 = s3.fma(u, a3);
            b3 = s3.fma(v, b3);
            u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + TAP, Simd.ORDER);
            v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + TAP + Simd.HALF_BYTES, Simd.ORDER);
            a0 = s1.fma(u, a0);
            b0 = s1.fma(v, b0);
            a1 = s2.fma(u, a1);
            b1 = s2.fma(v, b1);
            a2 = s3.fma(u, a2);
            b2 = s3.fma(v, b2);
            FloatVector s4 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x4 + step));
            a3 = s4.fma(u, a3);
            b3 = s4.fma(v, b3);
            u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 2 * TAP, Simd.ORDER);
            v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 2 * TAP + Simd.HALF_BYTES, Simd.ORDER);
            a0 = s2.fma(u, a0);
            b0 = s2.fma(v, b0);
            a1 = s3.fma(u, a1);
            b1 = s3.fma(v, b1);
            a2 = s4.fma(u, a2);
            b2 = s4.fma(v, b2);
            FloatVector s5 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x5 + step));
            a3 = s5.fma(u, a3);
            b3 = s5.fma(v, b3);
            u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 3 * TAP, Simd.ORDER);
            v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 3 * TAP + Simd.HALF_BYTES, Simd.ORDER);
            a0 = s3.fma(u, a0);
            b0 = s3.fma(v, b0);
            a1 = s4.fma(u, a1);
            b1 = s4.fma(v, b1);
            a2 = s5.fma(u, a2);
            b2 = s5.fma(v, b2);
            u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 4 * TAP, Simd.ORDER);
            v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 4 * TAP + Simd.HALF_BYTES, Simd.ORDER);
            a0 = s4.fma(u, a0);
            b0 = s4.fma(v, b0);
            a1 = s5.fma(u, a1);
            b1 = s5.fma(v, b1);
        }
        a0.intoMemorySegment(Simd.ALL, to, Simd.ORDER);
        b0.intoMemorySegment(Simd.ALL, to + Simd.HALF_BYTES, Simd.ORDER);
        a1.intoMemorySegment(Simd.ALL, to1, Simd.ORDER);
        b1.intoMemorySegment(Simd.ALL, to1 + Simd.HALF_BYTES, Simd.ORDER);
        a2.intoMemorySegment(Simd.ALL, to2, Simd.ORDER);
        b2.intoMemorySegment(Simd.ALL, to2 + Simd.HALF_BYTES, Simd.ORDER);
        a3.intoMemorySegment(Simd.ALL, to3, Simd.ORDER);
        b3.intoMemorySegment(Simd.ALL, to3 + Simd.HALF_BYTES, Simd.ORDER);
    }

    /// Both edges: the sequence has just these four steps.
    static void only(long input, long inputStride, long weights, int channels, long to, long toStride) {
        long to1 = to + toStride;
        long to2 = to + 2 * toStride;
        long to3 = to + 3 * toStride;
        FloatVector a0 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to, Simd.ORDER);
        FloatVector b0 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a1 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to1, Simd.ORDER);
        FloatVector b1 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to1 + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a2 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to2, Simd.ORDER);
        FloatVector b2 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to2 + Simd.HALF_BYTES, Simd.ORDER);
        FloatVector a3 = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to3, Simd.ORDER);
        FloatVector b3 =
                FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to3 + Simd.HALF_BYTES, Simd.ORDER);
        long x2 = input + 2 * inputStride;
        long x3 = input + 3 * inputStride;
        long x4 = input + 4 * inputStride;
        long x5 = input + 5 * inputStride;
        for (int i = 0; i < channels; i++) {
            long step = (long) Float.BYTES * i;
            long from = weights + (long) CHANNEL * i;
            FloatVector u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from, Simd.ORDER);
            FloatVector v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + Simd.HALF_BYTES, Simd.ORDER);
            FloatVector s2 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x2 + step));
            a2 = s2.fma(u, a2);
            b2 = s2.fma(v, b2);
            FloatVector s3 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x3 + step));
            a3 = s3.fma(u, a3);
            b3 = s3.fma(v, b3);
            u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + TAP, Simd.ORDER);
            v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + TAP + Simd.HALF_BYTES, Simd.ORDER);
            a1 = s2.fma(u, a1);
            b1 = s2.fma(v, b1);
            a2 = s3.fma(u, a2);
            b2 = s3.fma(v, b2);
            FloatVector s4 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x4 + step));
            a3 = s4.fma(u, a3);
            b3 = s4.fma(v, b3);
            u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 2 * TAP, Simd.ORDER);
            v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 2 * TAP + Simd.HALF_BYTES, Simd.ORDER);
            a0 = s2.fma(u, a0);
            b0 = s2.fma(v, b0);
            a1 = s3.fma(u, a1);
            b1 = s3.fma(v, b1);
            a2 = s4.fma(u, a2);
            b2 = s4.fma(v, b2);
            FloatVector s5 = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x5 + step));
            a3 = s5.fma(u, a3);
            b3 = s5.fma(v, b3);
            u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 3 * TAP, Simd.ORDER);
            v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 3 * TAP + Simd.HALF_BYTES, Simd.ORDER);
            a0 = s3.fma(u, a0);
            b0 = s3.fma(v, b0);
            a1 = s4.fma(u, a1);
            b1 = s4.fma(v, b1);
            a2 = s5.fma(u, a2);
            b2 = s5.fma(v, b2);
            u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 4 * TAP, Simd.ORDER);
            v = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + 4 * TAP + Simd.HALF_BYTES, Simd.ORDER);
            a0 = s4.fma(u, a0);
            b0 = s4.fma(v, b0);
            a1 = s5.fma(u, a1);
            b1 = s5.fma(v, b1);
        }
        a0.intoMemorySegment(Simd.ALL, to, Simd.ORDER);
        b0.intoMemorySegment(Simd.ALL, to + Simd.HALF_BYTES, Simd.ORDER);
        a1.intoMemorySegment(Simd.ALL, to1, Simd.ORDER);
        b1.intoMemorySegment(Simd.ALL, to1 + Simd.HALF_BYTES, Simd.ORDER);
        a2.intoMemorySegment(Simd.ALL, to2, Simd.ORDER);
        b2.intoMemorySegment(Simd.ALL, to2 + Simd.HALF_BYTES, Simd.ORDER);
        a3.intoMemorySegment(Simd.ALL, to3, Simd.ORDER);
        b3.intoMemorySegment(Simd.ALL, to3 + Simd.HALF_BYTES, Simd.ORDER);
    }
}
