package sinew.runtime.serve;

import java.util.List;
import java.util.Map;
import sinew.engine.policy.Image;
import sinew.runtime.wire.NdArray;
import sinew.runtime.wire.NumpyScalar;

/// Says in words what somebody sent.
final class Shapes {
    private Shapes() {}

    /// For instance `uint8 [480, 640, 3]`, `list of 6`, `text`.
    static String describe(Object value) {
        return switch (value) {
            case null -> "null";
            case NdArray array -> array.toString();
            case Image image -> "uint8 [" + image.height() + ", " + image.width() + ", 3]";
            case float[] numbers -> "float32 [" + numbers.length + "]";
            case List<?> list -> "list of " + list.size();
            case Map<?, ?> map -> "map of " + map.size();
            case NumpyScalar scalar -> scalar.dtype() + " scalar";
            case String text -> "text";
            case byte[] bytes -> bytes.length + " bytes";
            default -> value.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
        };
    }
}
