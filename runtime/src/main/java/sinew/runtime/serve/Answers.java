package sinew.runtime.serve;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import sinew.runtime.wire.NdArray;
import sinew.runtime.wire.NumpyScalar;

/// Reads a server's answer to an inference request, whichever dialect it speaks.
final class Answers {
    private Answers() {}

    /// The chunk under `action` or `actions`: [steps][A].
    ///
    /// @throws PolicyClientException says what is wrong with the answer
    static float[][] chunk(Map<?, ?> answer) {
        Object chunk = answer.get("action") != null ? answer.get("action") : answer.get("actions");
        float[][] rows = switch (chunk) {
            case null -> throw bad("has neither 'action' nor 'actions', only " + new TreeSet<>(answer.keySet()));
            case NdArray array -> ofArray(array);
            case List<?> list -> ofList(list);
            default -> throw bad("holds a " + chunk.getClass().getSimpleName() + " where the actions should be");
        };
        if (rows.length == 0 || rows[0].length == 0) {
            throw bad("holds an empty action chunk");
        }
        for (int row = 0; row < rows.length; row++) {
            for (int joint = 0; joint < rows[row].length; joint++) {
                if (!Float.isFinite(rows[row][joint])) {
                    throw bad("holds " + rows[row][joint] + " in row " + row + ", joint " + joint
                            + "; it must not reach a robot");
                }
            }
        }
        return rows;
    }

    /// A number of `server_timing`, NaN when it is not there.
    static double timing(Map<?, ?> answer, String key) {
        if (!(answer.get("server_timing") instanceof Map<?, ?> timing)) {
            return Double.NaN;
        }
        Object value = timing.get(key) instanceof NumpyScalar scalar ? scalar.value() : timing.get(key);
        return value instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    private static float[][] ofArray(NdArray array) {
        if (array.rank() != 2 || !array.isNumber()) {
            throw bad("holds actions of " + array + "; a chunk is a float array [steps, joints]");
        }
        float[] flat = array.toFloats();
        int width = array.dim(1);
        float[][] rows = new float[array.dim(0)][width];
        for (int row = 0; row < rows.length; row++) {
            System.arraycopy(flat, row * width, rows[row], 0, width);
        }
        return rows;
    }

    private static float[][] ofList(List<?> list) {
        float[][] rows = new float[list.size()][];
        for (int row = 0; row < rows.length; row++) {
            rows[row] = switch (list.get(row)) {
                case List<?> numbers -> ofNumbers(numbers);
                case NdArray array when array.rank() == 1 && array.isNumber() -> array.toFloats();
                case null, default -> throw bad("holds a single action; a chunk is a list of actions [steps, joints]");
            };
            if (rows[row].length != rows[0].length) {
                throw bad("holds actions of " + rows[0].length + " and of " + rows[row].length
                        + " joints in one chunk");
            }
        }
        return rows;
    }

    private static float[] ofNumbers(List<?> numbers) {
        float[] out = new float[numbers.size()];
        for (int i = 0; i < out.length; i++) {
            Object value = numbers.get(i) instanceof NumpyScalar scalar ? scalar.value() : numbers.get(i);
            if (!(value instanceof Number number)) {
                throw bad("holds '" + value + "' where an action's number should be");
            }
            out[i] = number.floatValue();
        }
        return out;
    }

    static PolicyClientException bad(String what) {
        return new PolicyClientException("The server's answer " + what + ".", false, null);
    }
}
