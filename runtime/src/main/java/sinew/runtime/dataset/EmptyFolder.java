package sinew.runtime.dataset;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// A place for a new recording: nothing is ever written over.
final class EmptyFolder {
    private EmptyFolder() {}

    /// Makes the folder, unless it is there and empty.
    ///
    /// @throws FileAlreadyExistsException when there is something in it
    static void make(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> inside = Files.list(folder)) {
                if (inside.findAny().isPresent()) {
                    throw new FileAlreadyExistsException(
                            folder.toString(), null, "the folder is not empty; choose another one");
                }
            }
        }
        Files.createDirectories(folder);
    }
}
