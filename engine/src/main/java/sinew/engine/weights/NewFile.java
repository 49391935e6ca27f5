package sinew.engine.weights;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// A file that appears whole or not at all: it is written under a temporary name beside its target and renamed
/// by [#commit()]. Closing without commit, and the end of the process, delete it.
public final class NewFile implements AutoCloseable {
    private final Path target;
    private final Path temporary;
    private final FileChannel channel;
    private final Thread cleanup;
    private boolean committed;

    private NewFile(Path target, Path temporary, FileChannel channel) {
        this.target = target;
        this.temporary = temporary;
        this.channel = channel;
        this.cleanup = new Thread(() -> temporary.toFile().delete(), "delete-" + temporary.getFileName());
        Runtime.getRuntime().addShutdownHook(cleanup);
    }

    /// @throws IOException when the directory does not exist or cannot be written
    public static NewFile create(Path target) throws IOException {
        Path absolute = target.toAbsolutePath();
        Path temporary = absolute.resolveSibling(
                "." + absolute.getFileName() + "." + ProcessHandle.current().pid() + "-" + System.nanoTime() + ".part");
        if (!Files.isDirectory(absolute.getParent())) {
            throw new NoSuchFileException(target.toString(), null, "there is no directory " + absolute.getParent());
        }
        try {
            FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            return new NewFile(absolute, temporary, channel);
        } catch (AccessDeniedException e) {
            throw new AccessDeniedException(target.toString(), null, "its directory cannot be written");
        }
    }

    /// Where to write.
    public FileChannel channel() {
        return channel;
    }

    /// The name under which it is written.
    Path temporary() {
        return temporary;
    }

    /// Puts what was written so far in the target's place, replacing an older file.
    public void commit() throws IOException {
        channel.force(true);
        channel.close();
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
        }
        committed = true;
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            if (!committed) {
                Files.deleteIfExists(temporary);
            }
            forgetCleanup();
        }
    }

    private void forgetCleanup() {
        try {
            Runtime.getRuntime().removeShutdownHook(cleanup);
        } catch (IllegalStateException e) {
            // The process is ending: the hook runs by itself and finds nothing to delete.
        }
    }
}
