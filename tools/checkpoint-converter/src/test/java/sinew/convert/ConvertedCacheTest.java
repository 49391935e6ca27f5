package sinew.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.kernels.WeightType;

class ConvertedCacheTest {
    @TempDir
    Path scratch;

    private Path checkpoint;
    private ConvertedCache cache;
    private int conversions;

    @BeforeEach
    void write() throws IOException {
        checkpoint = Checkpoints.tiny(scratch.resolve("tiny"));
        cache = new ConvertedCache(scratch.resolve("cache"));
    }

    @Test
    void convertsOnceAndAgainWhenSomethingChanged() throws IOException {
        Path file = weights(checkpoint, ConversionOptions.F32);
        assertTrue(file.startsWith(checkpoint), file.toString());
        assertEquals(1, conversions);
        assertEquals(file, weights(checkpoint, ConversionOptions.F32));
        assertEquals(1, conversions);
        Files.setLastModifiedTime(checkpoint.resolve("config.json"), FileTime.fromMillis(1_000_000));
        weights(checkpoint, ConversionOptions.F32);
        assertEquals(2, conversions);
        Files.write(file, new byte[100]);
        weights(checkpoint, ConversionOptions.F32);
        assertEquals(3, conversions);
        assertFalse(weights(checkpoint, new ConversionOptions(WeightType.BF16, false)).equals(file));
        assertEquals(4, conversions);
        Path int8 = weights(checkpoint, new ConversionOptions(WeightType.INT8, false));
        assertEquals("sinew-cache-int8.gguf", int8.getFileName().toString());
        assertEquals(5, conversions);
        Files.copy(int8, file, StandardCopyOption.REPLACE_EXISTING); // another type under this type's name
        weights(checkpoint, ConversionOptions.F32);
        assertEquals(6, conversions);
    }

    @Test
    void filesAreTheirOwnWeights() throws IOException {
        Path file = scratch.resolve("some.gguf");
        Files.write(file, new byte[1]);
        assertEquals(file, weights(file, ConversionOptions.F32));
        assertThrows(NoSuchFileException.class, () -> weights(scratch.resolve("nope"), ConversionOptions.F32));
        assertThrows(CheckpointException.class, () -> weights(scratch, ConversionOptions.F32));
    }

    @Test
    void trainingCheckpointsAreFoundInside() throws IOException {
        Path training = Files.createDirectories(scratch.resolve("last"));
        Files.move(checkpoint, training.resolve("pretrained_model"));
        assertTrue(weights(training, ConversionOptions.F32).startsWith(training));
    }

    @Test
    void readOnlyCheckpointsAreCachedElsewhere() throws IOException {
        cache = new ConvertedCache(scratch.resolve("cache"), folder -> false);
        Path file = weights(checkpoint, ConversionOptions.F32);
        assertTrue(file.startsWith(scratch.resolve("cache")), file.toString());
        assertEquals(file, weights(checkpoint, ConversionOptions.F32));
        assertEquals(1, conversions);
    }

    private Path weights(Path path, ConversionOptions options) throws IOException {
        return cache.weightsFor(path, options, (phase, tensor, done, total) -> {
            if (phase == ProgressListener.Phase.WRITE && done == total) {
                conversions++;
            }
        });
    }
}
