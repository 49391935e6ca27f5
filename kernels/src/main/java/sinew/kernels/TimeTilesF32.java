package sinew.kernels;

import jdk.incubator.vector.FloatVector;

/// The inner loops of [TimeTiles] for F32 weights: any taps, any stride.
final class TimeTilesF32 {
    private TimeTilesF32() {}

    /// @param rows     from `at`: four input addresses, four accumulator addresses
    /// @param taps     per tap the mask of steps that have an input there, and the tap's offsets in bytes
    ///                 from the input address and from the channel's weights
    /// @param weights  address of the first channel's weights
    /// @param weightsPerChannel bytes from one channel's weights to the next one's
    static void masked(
            long[] rows, int[] taps, int count, long weights, int weightsPerChannel, int channels, long lane) {
        long x0 = rows[0];
        long x1 = rows[1];
        long x2 = rows[2];
        long x3 = rows[3];
        long to0 = rows[4] + lane;
        long to1 = rows[5] + lane;
        long to2 = rows[6] + lane;
        long to3 = rows[7] + lane;
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
        for (int i = 0; i < channels; i++) {
            for (int tap = 0; tap < 3 * count; tap += 3) {
                int mask = taps[tap];
                long step = (long) Float.BYTES * i + taps[tap + 1];
                long from = weights + (long) weightsPerChannel * i + taps[tap + 2];
                FloatVector u = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from, Simd.ORDER);
                FloatVector v =
                        FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + Simd.HALF_BYTES, Simd.ORDER);
                if ((mask & 1) != 0) {
                    FloatVector x = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x0 + step));
                    a0 = x.fma(u, a0);
                    b0 = x.fma(v, b0);
                }
                if ((mask & 2) != 0) {
                    FloatVector x = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x1 + step));
                    a1 = x.fma(u, a1);
                    b1 = x.fma(v, b1);
                }
                if ((mask & 4) != 0) {
                    FloatVector x = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x2 + step));
                    a2 = x.fma(u, a2);
                    b2 = x.fma(v, b2);
                }
                if ((mask & 8) != 0) {
                    FloatVector x = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x3 + step));
                    a3 = x.fma(u, a3);
                    b3 = x.fma(v, b3);
                }
            }
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
}
