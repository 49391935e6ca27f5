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

    /// In place.
    ///
    /// @param scratch room for `count` floats
    static void gelu(long values, int count, long scratch) {
        erfcLog(values, scratch, count);
        exp(scratch, scratch, count, ScalarMath.EXP_MAX);
        FloatVector d6 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.D6);
        FloatVector d5 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.D5);
        FloatVector d4 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.D4);
        FloatVector d3 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.D3);
        FloatVector d2 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.D2);
        FloatVector d1 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.D1);
        FloatVector two = FloatVector.broadcast(Simd.FLOATS, 2.0f);
        int i = 0;
        for (; i <= count - Simd.LANES; i += Simd.LANES) {
            long offset = (long) Float.BYTES * i;
            FloatVector x = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, values + offset, Simd.ORDER);
            FloatVector far = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, scratch + offset, Simd.ORDER);
            FloatVector a = x.mul(ScalarMath.SQRT_HALF);
            FloatVector s = a.mul(a);
            FloatVector small = d6.fma(s, d5).fma(s, d4).fma(s, d3).fma(s, d2).fma(s, d1).fma(a, a).add(1.0f);
            FloatVector large = two.sub(far).blend(far, a.lt(0.0f));
            FloatVector sum = small.blend(large, a.abs().compare(VectorOperators.GT, ScalarMath.ERF_SPLIT));
            x.mul(0.5f).mul(sum).intoMemorySegment(Simd.ALL, values + offset, Simd.ORDER);
        }
        for (; i < count; i++) {
            long offset = (long) Float.BYTES * i;
            Simd.set(values + offset, ScalarMath.gelu(Simd.get(values + offset)));
        }
    }

    /// to = ln(1 - erf(|from| / sqrt 2)), whole vectors only.
    private static void erfcLog(long from, long to, int count) {
        FloatVector e9 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.E9);
        FloatVector e8 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.E8);
        FloatVector e7 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.E7);
        FloatVector e6 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.E6);
        FloatVector e5 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.E5);
        FloatVector e4 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.E4);
        FloatVector e3 = FloatVector.broadcast(Simd.FLOATS, ScalarMath.E3);
        for (int i = 0; i <= count - Simd.LANES; i += Simd.LANES) {
            long offset = (long) Float.BYTES * i;
            FloatVector x = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, from + offset, Simd.ORDER);
            FloatVector a = x.mul(ScalarMath.SQRT_HALF);
            FloatVector t = a.abs();
            FloatVector s = a.mul(a);
            FloatVector r = e9.fma(t, e8).fma(s, e7.fma(t, e6));
            r = r.fma(t, e5).fma(t, e4).fma(t, e3).fma(t, t.neg());
            r.intoMemorySegment(Simd.ALL, to + offset, Simd.ORDER);
        }
    }

    /// values = values * sigmoid(-factor * values), in place.
    ///
    /// @param scratch room for `count` floats
    static void gated(long values, int count, float factor, long scratch) {
        int i = 0;
        for (; i <= count - Simd.LANES; i += Simd.LANES) {
            long offset = (long) Float.BYTES * i;
            FloatVector x = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, values + offset, Simd.ORDER);
            x.mul(factor).intoMemorySegment(Simd.ALL, scratch + offset, Simd.ORDER);
        }
        for (; i < count; i++) {
            long offset = (long) Float.BYTES * i;
            Simd.set(scratch + offset, factor * Simd.get(values + offset));
        }
        divide(values, count, scratch);
    }

    /// As [ScalarMath#geluTanh], in place.
    ///
    /// @param scratch room for `count` floats
    static void geluTanh(long values, int count, long scratch) {
        FloatVector cube = FloatVector.broadcast(Simd.FLOATS, ScalarMath.GELU_CUBE);
        FloatVector line = FloatVector.broadcast(Simd.FLOATS, ScalarMath.GELU_LINE);
        int i = 0;
        for (; i <= count - Simd.LANES; i += Simd.LANES) {
            long offset = (long) Float.BYTES * i;
            FloatVector x = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, values + offset, Simd.ORDER);
            x.mul(x).fma(cube, line).mul(x).intoMemorySegment(Simd.ALL, scratch + offset, Simd.ORDER);
        }
        for (; i < count; i++) {
            long offset = (long) Float.BYTES * i;
            float x = Simd.get(values + offset);
            Simd.set(scratch + offset, Math.fma(x * x, ScalarMath.GELU_CUBE, ScalarMath.GELU_LINE) * x);
        }
        divide(values, count, scratch);
    }

    /// values = values / (1 + e^exponents).
    private static void divide(long values, int count, long exponents) {
        exp(exponents, exponents, count, ScalarMath.EXP_MAX);
        int i = 0;
        for (; i <= count - Simd.LANES; i += Simd.LANES) {
            long offset = (long) Float.BYTES * i;
            FloatVector e = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, exponents + offset, Simd.ORDER);
            FloatVector x = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, values + offset, Simd.ORDER);
            x.div(e.add(1.0f)).intoMemorySegment(Simd.ALL, values + offset, Simd.ORDER);
        }
        for (; i < count; i++) {
            long offset = (long) Float.BYTES * i;
            Simd.set(values + offset, Simd.get(values + offset) / (Simd.get(exponents + offset) + 1.0f));
        }
    }
}
