package sinew.runtime.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.engine.policy.Image;

class TrainingExportTest {
    @TempDir
    private Path dir;

    @Test
    void writesArraysOneAfterTheOther() throws IOException {
        try (TrainingExport export = new TrainingExport(dir, DatasetFeatures.so101(1, List.of("front"), 30), 6, 8)) {
            for (int i = 0; i < 5; i++) {
                byte[] rgb = new byte[24 * 32 * 3];
                java.util.Arrays.fill(rgb, (byte) (200 + i));
                export.frame(new float[] {i, 1, 2, 3, 4, 5}, new float[] {-i, 0, 0, 0, 0, 9},
                        Map.of("front", new Image(24, 32, rgb)), new float[] {i, 7});
                if (i == 1 || i == 4) {
                    export.endEpisode("lift");
                }
            }
        }
        JsonNode meta = new ObjectMapper().readTree(dir.resolve("meta.json").toFile());
        assertEquals("[0,2,5]", meta.get("episode_starts").toString());
        assertEquals(5, meta.get("frames").asInt());
        assertEquals(2, meta.get("truth").asInt());
        byte[] frames = Files.readAllBytes(dir.resolve("front.u8"));
        assertEquals(5 * 6 * 8 * 3, frames.length);
        assertEquals((byte) 203, frames[3 * 6 * 8 * 3 + 70], "an even picture stays even");
        byte[] stored = Files.readAllBytes(dir.resolve("state.f32"));
        ByteBuffer states = ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(3f, states.getFloat(4 * 6 * 3));
        assertEquals(4L * 2 * 5, Files.size(dir.resolve("truth.f32")));
    }

    /// A step of 0 to 240 between columns 3 and 4, shrunk by 2: the triangle's weights are 1, 3, 3, 1 of 8, cut at
    /// the rim.
    @Test
    void shrinksWithATriangle() {
        byte[] rgb = new byte[4 * 8 * 3];
        for (int p = 0; p < 32; p++) {
            for (int c = 0; c < 3; c++) {
                rgb[3 * p + c] = (byte) (p % 8 >= 4 ? 240 : 0);
            }
        }
        AntialiasResize resize = new AntialiasResize(4, 8, 2, 4);
        byte[] out = resize.apply(new Image(4, 8, rgb));
        int[] row = {out[0] & 0xFF, out[3] & 0xFF, out[6] & 0xFF, out[9] & 0xFF};
        assertArrayEquals(new int[] {0, 30, 210, 240}, row);
        assertThrows(IllegalArgumentException.class, () -> resize.apply(new Image(8, 4, rgb)));
    }
}
