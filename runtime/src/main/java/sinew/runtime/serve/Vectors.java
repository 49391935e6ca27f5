package sinew.runtime.serve;

import java.util.Arrays;
import java.util.List;
import sinew.runtime.wire.NdArray;
import sinew.runtime.wire.NumpyScalar;

/// Reads a vector of joint values in any of the forms that clients send.
final class Vectors {
    private Vectors() {}

    /// A copy of an array [D] (also with leading axes of length 1), or a list of D numbers.
    ///
    /// @throws IllegalArgumentException says what it is instead, to follow the name of the value
    static float[] read(Object value) {
        float[] out = switch (value) {
            case null -> throw new IllegalArgumentException("is null");
            case float[] numbers -> numbers.clone();
            case NdArray array -> ofArray(array);
            case List<?> list -> ofList(list);
            default -> throw new IllegalArgumentException("is a " + Shapes.describe(value)
                    + ", not a vector of numbers");
        };
        for (int i = 0; i < out.length; i++) {
            if (!Float.isFinite(out[i])) {
                throw new IllegalArgumentException("holds " + out[i] + " at index " + i);
            }
        }
        return out;
    }

    private static float[] ofArray(NdArray array) {
        if (!array.isNumber()) {
            throw new IllegalArgumentException("is " + array + ", not a vector of numbers");
        }
        for (int axis = 0; axis < array.rank() - 1; axis++) {
            if (array.dim(axis) != 1) {
                throw new IllegalArgumentException("is " + array + ", not one vector");
            }
        }
        return array.toFloats();
    }

    private static float[] ofList(List<?> list) {
        float[] out = new float[list.size()];
        for (int i = 0; i < out.length; i++) {
            Object item = list.get(i) instanceof NumpyScalar scalar ? scalar.value() : list.get(i);
            if (!(item instanceof Number number)) {
                throw new IllegalArgumentException("holds " + Shapes.describe(item) + " at index " + i
                        + " where a number should be");
            }
            out[i] = number.floatValue();
        }
        return out;
    }

    static float[] concat(float[] a, float[] b) {
        float[] out = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, out, a.length, b.length);
        return out;
    }
}
