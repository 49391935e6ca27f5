package sinew.convert;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Collects what is wrong with a checkpoint, so that a user sees all of it at once, and what is merely worth saying.
final class Problems {
    private final Path checkpoint;
    private final List<String> problems = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    Problems(Path checkpoint) {
        this.checkpoint = checkpoint;
    }

    void add(String problem) {
        problems.add(problem);
    }

    /// Something that a user should know but that does not stop the conversion.
    void note(String note) {
        notes.add(note);
    }

    List<String> notes() {
        return List.copyOf(notes);
    }

    List<String> all() {
        return List.copyOf(problems);
    }

    void throwIfAny() {
        if (!problems.isEmpty()) {
            throw new CheckpointException(checkpoint, problems);
        }
    }
}
