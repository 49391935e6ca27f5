package sinew.bench.peers.export;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Supplier;

/// Tensors one after the other in a file that several models share: models that ask for the same tensors in the same
/// order find them at the same places, so only the first one writes.
final class TensorFile implements AutoCloseable {
    private static final int PAGE = 4096; // so that a runtime can map each tensor

    /// Where a tensor lies.
    record Place(String file, long offset, long bytes) {}

    private final Path file;
    private final Path unfinished;
    private final OutputStream out; // null when the file is there already
    private long end;

    TensorFile(Path file) throws IOException {
        this.file = file;
        unfinished = Files.isRegularFile(file)
                ? null
                : Files.createTempFile(file.getParent(), file.getFileName().toString(), ".part");
        out = unfinished == null ? null : Files.newOutputStream(unfinished);
    }

    /// @param bytes size of the tensor
    /// @param data  asked for the tensor when it must be written
    Place append(long bytes, Supplier<byte[]> data) {
        Place place = new Place(file.getFileName().toString(), end, bytes);
        long padding = -bytes & PAGE - 1;
        if (out != null) {
            try {
                out.write(data.get());
                out.write(new byte[(int) padding]);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        end += bytes + padding;
        return place;
    }

    /// Makes what was written visible under the file's name.
    ///
    /// @throws IOException also when the file was there but is not as long as these tensors
    void finish() throws IOException {
        if (out != null) {
            out.close();
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } else if (Files.size(file) != end) {
            throw new IOException(file + " has " + Files.size(file) + " bytes, its tensors " + end
                    + ": it was damaged. Delete its folder");
        }
    }

    @Override
    public void close() throws IOException {
        if (out != null) {
            out.close();
            Files.deleteIfExists(unfinished);
        }
    }
}
