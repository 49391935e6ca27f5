package sinew.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// [ScalarMath] over memory: the same operations in the same order, so the same bits.
///
/// From memory to memory, not from vector to vector: as helpers inside larger loops these would exceed the
/// nodes that C2 spends on one method, and a vector that crosses a call is an object.
final class VectorMath {
    private VectorMath() {}

    /// to = e^min(from, max), for `max` up to [ScalarMath#EXP_MAX]. May be in place.
    static void exp(long from, long to, int count, float max) {
        int i = 0;
        FloatVector rounder = FloatVector.broadcast(Simd.FLOATS, ScalarMath.ROUNDER);
        FloatVector log2e = FloatVector.broadcast(Simd.FLOATS, ScalarMath.LOG2_E);
        FloatVector ln2High = FloatVector.broadcast(Simd.FLOATS, -ScalarMath.LN2_HIGH);
        FloatVector ln2Low = FloatVector.broadcast(Simd.FLOATS, -ScalarMath.LN2_LOW);
        FloatVector c7 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.C7);
        FloatVector c6 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.C6);
        FloatVector c5 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.C5);
        FloatVector c4 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.C4);
        FloatVector c3 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.C3);
        FloatVector c2 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.C2);
        for (; i <= count - Simd.LANES; i += Simd.LANES) {
            long offset = (long) Float.BYTES * i;
            FloatVector x = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + offset, Simd.ORDER);
            x = x.max(ScalarMath.EXP_MIN).min(max);
            FloatVector shifted = x.fma(log2e, rounder);
            FloatVector n = shifted.sub(rounder);
            FloatVector r = n.fma(ln2Low, n.fma(ln2High, x));
            FloatVector p = c7.fma(r, c6).fma(r, c5).fma(r, c4).fma(r, c3).fma(r, c2);
            IntVector mantissa = p.fma(r.mul(r), r).add(1.0f).reinterpretAsInts();
            IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
            FloatVector e = mantissa.add(exponent).reinterpretAsFloats();
            e.intoMemorySegment(Simd.ALL, to + offset, Simd.ORDER);
        }
        for (; i < count; i++) {
            long offset = (long) Float.BYTES * i;
            Simd.set(to + offset, ScalarMath.exp(Math.min(Simd.get(from + offset), max)));
        }
    }

    /// In place.
    ///
    /// @param scratch room for `count` floats
    static void mish(long values, int count, long scratch) {
        exp(values, scratch, count, ScalarMath.MISH_MAX);
        int i = 0;
        for (; i <= count - Simd.LANES; i += Simd.LANES) {
            long offset = (long) Float.BYTES * i;
            FloatVector e = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, scratch + offset, Simd.ORDER);
            FloatVector n = e.fma(e, e.add(e));
            FloatVector x = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, values + offset, Simd.ORDER);
            x.mul(n.div(n.add(2.0f))).intoMemorySegment(Simd.ALL, values + offset, Simd.ORDER);
        }
        for (; i < count; i++) {
            long offset = (long) Float.BYTES * i;
            Simd.set(values + offset, ScalarMath.mish(Simd.get(values + offset)));
        }
    }
}
