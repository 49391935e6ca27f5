package sinew.convert;

import java.nio.file.Path;
import java.util.List;

/// A checkpoint that cannot be converted. The message lists every problem that was found, not only the first.
public final class CheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    CheckpointException(Path checkpoint, List<String> problems) {
        super(describe(checkpoint, problems));
        this.problems = List.copyOf(problems);
    }

    CheckpointException(Path checkpoint, String problem) {
        this(checkpoint, List.of(problem));
    }

    /// One entry per problem.
    public List<String> problems() {
        return problems;
    }

    private static String describe(Path checkpoint, List<String> problems) {
        if (problems.size() == 1) {
            return checkpoint + ": " + problems.getFirst();
        }
        return checkpoint + " has " + problems.size() + " problems:\n  - " + String.join("\n  - ", problems);
    }
}
