package sinew.engine.weights;

import java.nio.file.Path;

/// A weights file that cannot be trusted: cut short, damaged, of another kind, or not the one that the policy's
/// spec asks for. The message says where, what was expected, what was found, and what to do.
public final class WeightsFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// Value of [#offset()] when the problem has no place in the file.
    public static final long NO_OFFSET = -1;

    private final transient Path path;
    private final String tensor;
    private final long offset;

    /// @param tensor name of the tensor concerned, or null
    /// @param offset bytes from the start of the file, or [#NO_OFFSET]
    public WeightsFormatException(Path path, String tensor, long offset, String problem) {
        super(describe(path, tensor, offset, problem));
        this.path = path;
        this.tensor = tensor;
        this.offset = offset;
    }

    WeightsFormatException(Path path, String problem) {
        this(path, null, NO_OFFSET, problem);
    }

    /// The file; null after deserialisation.
    public Path path() {
        return path;
    }

    /// The tensor concerned, or null.
    public String tensor() {
        return tensor;
    }

    /// Bytes from the start of the file, or [#NO_OFFSET].
    public long offset() {
        return offset;
    }

    private static String describe(Path path, String tensor, long offset, String problem) {
        StringBuilder text = new StringBuilder(path.toString());
        if (offset != NO_OFFSET) {
            text.append(" at byte ").append(offset);
        }
        if (tensor != null) {
            text.append(", tensor ").append(tensor);
        }
        return text.append(": ").append(problem).toString();
    }
}
