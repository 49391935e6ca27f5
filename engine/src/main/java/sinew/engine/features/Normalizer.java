package sinew.engine.features;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import sinew.engine.weights.WeightScope;

/// The affine map between a feature's raw values and what the network sees: y = (x - center) / scale + shift.
/// Mean and standard deviation, minimum and maximum, and quantiles all take this form.
///
/// @param center [n]
/// @param scale  [n]
/// @param shift  [n]
public record Normalizer(float[] center, float[] scale, float[] shift) {

    /// The map that changes nothing.
    public static Normalizer identity(int n) {
        float[] ones = new float[n];
        Arrays.fill(ones, 1);
        return new Normalizer(new float[n], ones, new float[n]);
    }

    /// Reads `center`, `scale` and `shift` of `scope`; a feature of which nothing is stored is not normalised.
    public static Normalizer read(WeightScope scope, int n) {
        if (!scope.has("center") && !scope.has("scale") && !scope.has("shift")) {
            return identity(n);
        }
        MemorySegment center = scope.vector("center", n);
        MemorySegment scale = scope.vector("scale", n);
        MemorySegment shift = scope.vector("shift", n);
        boolean there = center.scope().isAlive() && scale.scope().isAlive() && shift.scope().isAlive();
        return there ? new Normalizer(floats(center), floats(scale), floats(shift)) : identity(n);
    }

    private static float[] floats(MemorySegment vector) {
        return vector.toArray(ValueLayout.JAVA_FLOAT);
    }

    public float forward(int index, float x) {
        return (x - center[index]) / scale[index] + shift[index];
    }

    public float inverse(int index, float y) {
        return (y - shift[index]) * scale[index] + center[index];
    }
}
