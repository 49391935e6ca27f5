package sinew.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// [ScalarMath] for a vector: the same operations in the same order, so the same bits in every lane.
final class VectorMath {
    private VectorMath() {}

    static FloatVector exp(FloatVector x) {
        FloatVector clamped = x.max(ScalarMath.EXP_MIN).min(ScalarMath.EXP_MAX);
        FloatVector shifted = clamped.fma(constant(ScalarMath.LOG2_E), constant(ScalarMath.ROUNDER));
        FloatVector n = shifted.sub(ScalarMath.ROUNDER);
        FloatVector r = n.fma(constant(-ScalarMath.LN2_HIGH), clamped);
        r = n.fma(constant(-ScalarMath.LN2_LOW), r);
        FloatVector p = constant(ScalarMath.C7).fma(r, constant(ScalarMath.C6));
        p = p.fma(r, constant(ScalarMath.C5));
        p = p.fma(r, constant(ScalarMath.C4));
        p = p.fma(r, constant(ScalarMath.C3));
        p = p.fma(r, constant(ScalarMath.C2));
        IntVector mantissa = p.fma(r.mul(r), r).add(1.0f).reinterpretAsInts();
        IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        return mantissa.add(exponent).reinterpretAsFloats();
    }

    static FloatVector mish(FloatVector x) {
        FloatVector e = exp(x.min(ScalarMath.MISH_MAX));
        FloatVector n = e.fma(e, e.add(e));
        return x.mul(n.div(n.add(2.0f)));
    }

    private static FloatVector constant(float value) {
        return FloatVector.broadcast(Simd.FLOATS, value);
    }
}
