package sinew.runtime.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.engine.policy.Image;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvStep;

class LeRobotDatasetTest {
    private static final int[] LENGTHS = {4, 1, 7};
    private static final int HEIGHT = 96;
    private static final int WIDTH = 128;

    @TempDir
    private Path dir;

    /// A frame whose left half is as bright as its number says.
    private static Image picture(int episode, int frame) {
        byte[] rgb = new byte[HEIGHT * WIDTH * 3];
        for (int p = 0; p < HEIGHT * WIDTH; p++) {
            int value = p % WIDTH < WIDTH / 2 ? 30 + 60 * episode + 8 * frame : 200;
            rgb[3 * p] = (byte) value;
            rgb[3 * p + 1] = (byte) value;
            rgb[3 * p + 2] = (byte) value;
        }
        return new Image(HEIGHT, WIDTH, rgb);
    }

    private static float[] vector(int dim, int episode, int frame, float offset) {
        float[] out = new float[dim];
        for (int i = 0; i < dim; i++) {
            out[i] = 100 * episode + frame + i / 16f + offset;
        }
        return out;
    }

    private Path write(int arms, List<String> cameras) throws IOException {
        Path root = dir.resolve("set");
        DatasetFeatures features = DatasetFeatures.so101(arms, cameras, 30);
        try (LeRobotDatasetWriter writer = new LeRobotDatasetWriter(root, features)) {
            for (int e = 0; e < LENGTHS.length; e++) {
                for (int i = 0; i < LENGTHS[e]; i++) {
                    Map<String, Image> images = new java.util.HashMap<>();
                    for (String camera : cameras) {
                        images.put(camera, picture(e, i));
                    }
                    writer.frame(vector(6 * arms, e, i, 0), vector(6 * arms, e, i, 0.5f), images, new float[0]);
                }
                writer.endEpisode(e == 1 ? "second task" : "first täsk");
            }
        }
        return root;
    }

    @Test
    void whatIsWrittenIsReadBack() throws IOException {
        LeRobotDataset read = LeRobotDataset.open(write(2, List.of()));
        assertEquals(12, read.dim());
        assertEquals(30, read.fps());
        assertEquals(3, read.episodes().size());
        for (int e = 0; e < LENGTHS.length; e++) {
            LeRobotDataset.Episode episode = read.episodes().get(e);
            assertEquals(e, episode.index());
            assertEquals(LENGTHS[e], episode.frames());
            assertEquals(e == 1 ? "second task" : "first täsk", episode.task());
            for (int i = 0; i < LENGTHS[e]; i++) {
                assertArrayEquals(vector(12, e, i, 0), episode.states()[i]);
                assertArrayEquals(vector(12, e, i, 0.5f), episode.actions()[i]);
            }
        }
    }

    @Test
    void metadataSaysWhatLeRobotAsks() throws IOException {
        Path root = write(1, List.of("front"));
        JsonNode info = new ObjectMapper().readTree(root.resolve("meta/info.json").toFile());
        assertEquals("v3.0", info.get("codebase_version").asText());
        assertEquals("so101_follower", info.get("robot_type").asText());
        assertEquals(12, info.get("total_frames").asInt());
        assertEquals("0:3", info.get("splits").get("train").asText());
        assertEquals("shoulder_pan.pos", info.get("features").get("action").get("names").get(0).asText());
        assertEquals("video", info.get("features").get("observation.images.front").get("dtype").asText());
        JsonNode stats = new ObjectMapper().readTree(root.resolve("meta/stats.json").toFile());
        JsonNode state = stats.get("observation.state");
        assertEquals(0, state.get("min").get(0).asDouble());
        assertEquals(206 + 5 / 16.0, state.get("max").get(5).asDouble(), 1e-4);
        // frames 0..3, 100, 200..206: mean (6 + 100 + 1421) / 12
        assertEquals(1527 / 12.0, state.get("mean").get(0).asDouble(), 1e-4);
        assertEquals(12, state.get("count").get(0).asInt());
        assertEquals(3, stats.get("observation.images.front").get("mean").size());
        assertTrue(stats.get("observation.images.front").get("max").get(0).get(0).get(0).asDouble() > 0.75);
    }

    @Test
    void replaysStatesActionsAndPictures() throws IOException {
        LeRobotDataset read = LeRobotDataset.open(write(1, List.of("front")));
        List<String> notices = new ArrayList<>();
        try (ReplayEnv env = new ReplayEnv(read, -1, false, notices::add)) {
            for (int e = 0; e < LENGTHS.length; e++) {
                EnvObservation seen = env.reset();
                for (int i = 0; ; i++) {
                    assertArrayEquals(vector(6, e, i, 0), seen.states().get("arm"));
                    Image image = seen.images().get("front");
                    assertEquals(HEIGHT, image.height());
                    assertEquals(30 + 60 * e + 8 * i, image.rgb()[3 * (40 * WIDTH + 20)] & 0xFF, 5, "episode " + e
                            + " frame " + i);
                    EnvStep step = env.step(new float[6]);
                    assertArrayEquals(vector(6, e, i, 0.5f), step.groundTruth(),
                            "the truth belongs to what was seen before");
                    assertEquals(i + 1 >= LENGTHS[e] - 1, step.done());
                    if (step.done()) {
                        break;
                    }
                    seen = step.observation();
                }
            }
        }
        assertEquals(List.of(), notices);
    }

    @Test
    void aMissingVideoIsGreyAndSaidOnce() throws IOException {
        Path root = write(1, List.of("front"));
        Files.delete(root.resolve("videos/observation.images.front/chunk-000/file-000.mp4"));
        List<String> notices = new ArrayList<>();
        try (ReplayEnv env = new ReplayEnv(LeRobotDataset.open(root), 2, false, notices::add)) {
            env.reset();
            EnvObservation seen = env.reset();
            assertArrayEquals(vector(6, 2, 0, 0), seen.states().get("arm"), "one chosen episode plays again");
            assertEquals((byte) 128, seen.images().get("front").rgb()[1000]);
        }
        assertEquals(1, notices.size());
        assertTrue(notices.get(0).contains("front") && notices.get(0).contains("file-000.mp4"), notices.get(0));
    }

    @Test
    void mistakesAreTold() throws IOException {
        assertTrue(assertThrows(DatasetException.class,
                () -> LeRobotDataset.open(dir)).getMessage().contains("meta/info.json"));
        Path root = write(1, List.of());
        assertThrows(FileAlreadyExistsException.class,
                () -> new LeRobotDatasetWriter(root, DatasetFeatures.so101(1, List.of(), 30)).close());
        LeRobotDataset read = LeRobotDataset.open(root);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new ReplayEnv(read, 3, false, s -> { }))
                .getMessage().contains("episodes 0 to 2"));
        Path info = root.resolve("meta/info.json");
        Files.writeString(info, Files.readString(info).replace("v3.0", "v2.1"));
        assertTrue(assertThrows(DatasetException.class, () -> LeRobotDataset.open(root)).getMessage().contains("v2.1"));
        Files.writeString(info, Files.readString(info).replace("v2.1", "v3.0"));
        Path data = root.resolve("data/chunk-000/file-000.parquet");
        Files.write(data, new byte[100]);
        assertTrue(assertThrows(IOException.class,
                () -> LeRobotDataset.open(root)).getMessage().contains("file-000.parquet"));
    }

    @Test
    void theRealRecordingsReplay() throws IOException {
        Path real = Path.of(System.getProperty("sinew.root"), "../shared/data/so101-real");
        assumeTrue(Files.isDirectory(real), "the recordings are not here");
        Map<String, int[]> known = Map.of("lift", new int[] {50, 8934, 2}, "sort", new int[] {100, 33526, 3});
        for (Map.Entry<String, int[]> e : known.entrySet()) {
            LeRobotDataset set = LeRobotDataset.open(real.resolve(e.getKey()));
            assertEquals(e.getValue()[0], set.episodes().size());
            assertEquals(e.getValue()[1], set.episodes().stream().mapToInt(LeRobotDataset.Episode::frames).sum());
            List<String> notices = new ArrayList<>();
            try (ReplayEnv env = new ReplayEnv(set, -1, false, notices::add)) {
                EnvObservation seen = env.reset();
                assertFalse(seen.task().isBlank());
                assertEquals(e.getValue()[2], seen.images().size());
                int steps = 1;
                while (!env.step(new float[set.dim()]).done()) {
                    steps++;
                }
                assertEquals(set.episodes().get(0).frames() - 1, steps);
            }
            assertEquals(e.getValue()[2], notices.size(), "one notice for each camera without a video");
        }
    }
}
