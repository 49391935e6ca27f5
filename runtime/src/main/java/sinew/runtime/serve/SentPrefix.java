package sinew.runtime.serve;

import java.util.List;
import java.util.Map;
import sinew.engine.policy.ActionPrefix;
import sinew.engine.policy.ObservationException;
import sinew.runtime.wire.NdArray;

/// Reads the actions that a client says are already decided. Whether the policy can continue them, and so many of them
/// and so wide, the session says.
final class SentPrefix {
    private SentPrefix() {}

    /// @throws ObservationException names the field that is no rows of numbers
    static ActionPrefix of(Map<?, ?> request) {
        Object past = request.get("action_past");
        Object next = request.get("action_prefix");
        return past == null && next == null
                ? ActionPrefix.NONE
                : new ActionPrefix(rows("action_past", past), rows("action_prefix", next));
    }

    private static float[][] rows(String field, Object value) {
        return switch (value) {
            case null -> new float[0][];
            case NdArray array when array.rank() == 2 && array.isNumber() -> split(array);
            case List<?> list -> {
                float[][] rows = new float[list.size()][];
                for (int i = 0; i < rows.length; i++) {
                    rows[i] = vector(field, list.get(i));
                }
                yield rows;
            }
            default -> throw new ObservationException(field + " is " + Shapes.describe(value)
                    + "; actions that are already decided are numbers [rows, joints]");
        };
    }

    private static float[] vector(String field, Object row) {
        try {
            return Vectors.read(row);
        } catch (IllegalArgumentException e) {
            throw new ObservationException("a row of " + field + " " + e.getMessage());
        }
    }

    private static float[][] split(NdArray array) {
        float[] flat = array.toFloats();
        int width = array.dim(1);
        float[][] rows = new float[array.dim(0)][width];
        for (int row = 0; row < rows.length; row++) {
            System.arraycopy(flat, row * width, rows[row], 0, width);
        }
        return rows;
    }
}
