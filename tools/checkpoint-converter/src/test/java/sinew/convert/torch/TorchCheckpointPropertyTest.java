package sinew.convert.torch;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// A real checkpoint, cut or damaged: it is read or refused by our exception, never anything else.
class TorchCheckpointPropertyTest {
    private static final byte[] WHOLE = load();

    private static byte[] load() {
        try (InputStream in = TorchCheckpointPropertyTest.class.getResourceAsStream("encoder-only.ckpt")) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Property(tries = 150)
    void aCutAtAnyByteIsRefused(@ForAll @IntRange(max = 167_946) int length) throws IOException {
        Path path = Files.createTempFile("property", ".ckpt");
        try {
            Files.write(path, Arrays.copyOf(WHOLE, length));
            String message = assertThrows(TorchCheckpointException.class, () -> TorchCheckpoint.open(path))
                    .getMessage();
            assertTrue(message.startsWith(path.toString()), message);
        } finally {
            Files.delete(path);
        }
    }

    @Property(tries = 300)
    void damageIsReadOrRefused(@ForAll @IntRange(max = 167_946) int place, @ForAll byte value) throws IOException {
        damage(place, value);
    }

    /// The pickle at the front and the directory at the end hold what can go wrong in the most ways.
    @Property(tries = 300)
    void damageToTheDirectoryIsReadOrRefused(@ForAll @IntRange(max = 12_000) int fromEnd, @ForAll byte value)
            throws IOException {
        damage(WHOLE.length - 1 - fromEnd, value);
    }

    private static void damage(int place, byte value) throws IOException {
        byte[] bytes = WHOLE.clone();
        bytes[place] = value;
        Path path = Files.createTempFile("property", ".ckpt");
        try {
            Files.write(path, bytes);
            try (TorchCheckpoint checkpoint = TorchCheckpoint.open(path)) {
                readAll(checkpoint, checkpoint.root());
            } catch (TorchCheckpointException e) {
                assertTrue(e.getMessage().startsWith(path.toString()), e.getMessage());
            }
        } finally {
            Files.delete(path);
        }
    }

    private static void readAll(TorchCheckpoint checkpoint, Object value) throws IOException {
        switch (value) {
            case TorchTensor tensor -> checkpoint.floats(tensor);
            case Map<?, ?> map -> readAll(checkpoint, map.values());
            case Collection<?> all -> {
                for (Object one : all) {
                    readAll(checkpoint, one);
                }
            }
            case null, default -> { }
        }
    }
}
