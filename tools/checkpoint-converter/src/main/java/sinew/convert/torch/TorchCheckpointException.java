package sinew.convert.torch;

import java.nio.file.Path;

/// A PyTorch file that is cut short, damaged, asks for what is not allowed, or lacks what was asked of it. The message
/// names the file and, where there is one, the entry or tensor.
public final class TorchCheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String problem;

    public TorchCheckpointException(Path path, String problem) {
        super(path + ": " + problem);
        this.problem = problem;
    }

    /// The message without the file's name.
    public String problem() {
        return problem;
    }
}
