package sinew.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectionTest {
    @TempDir
    Path scratch;

    @Test
    void fileAndCheckpointTellTheSame() throws IOException {
        Path checkpoint = Checkpoints.tiny(scratch.resolve("tiny"));
        Path file = scratch.resolve("tiny.gguf");
        ConversionReport report = Converter.convert(checkpoint, file, ConversionOptions.F32, ProgressListener.SILENT);
        Inspection ofFile = Inspection.of(file);
        Inspection ofCheckpoint = Inspection.of(checkpoint);
        assertEquals(ofCheckpoint.spec(), ofFile.spec());
        assertEquals(report.parameters(), ofFile.parameters());
        assertEquals(ofFile.parameters(), ofCheckpoint.parameters());
        assertEquals(ofFile.stats().keySet(), ofCheckpoint.stats().keySet());
        assertEquals(64, ofFile.source().get("sha256").length());
        assertTrue(ofCheckpoint.problems().isEmpty());
        assertEquals(report.bytes(), ofFile.bytes());
    }

    @Test
    void problemsOfACheckpointAreShown() throws IOException {
        Path checkpoint = Checkpoints.tiny(scratch.resolve("tiny"));
        Checkpoints.edit(checkpoint.resolve("config.json"), c -> c.put("horizon", 18));
        assertFalse(Inspection.of(checkpoint).problems().isEmpty());
    }
}
