package sinew.runtime.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sinew.runtime.control.Phase;

@Timeout(60)
final class EpisodeRecorderTest {
    @TempDir
    private Path dir;

    private final List<String> console = Collections.synchronizedList(new ArrayList<>());

    @Test
    void begins_with_an_empty_summary() throws IOException {
        try (EpisodeRecorder recorder = open("front", "success")) {
            assertTrue(recorder.runDirectory().getFileName().toString().matches("\\d{8}_\\d{6}"));
            assertEquals(
                    """
                    {
                      "episodes": 0,
                      "episodes_labeled": 0,
                      "successes": 0,
                      "success_rate": 0.0,
                      "camera_key": "front",
                      "fps": 30
                    }
                    """,
                    Files.readString(recorder.runDirectory().resolve("summary.json")));
            assertEquals(List.of("[EvalRecordWrapper] Output dir: " + recorder.runDirectory()), console);
        }
    }

    @Test
    void writes_what_happened_byte_for_byte() throws IOException {
        Path run;
        try (EpisodeRecorder recorder = open("front", "success")) {
            run = recorder.runDirectory();
            recorder.onStep(Steps.record(0, 0, Phase.WAITING_RESET, Steps.image(48, 64, 0), null, null));
            episode(recorder, 1, 5, true);
            recorder.onStep(Steps.reset(2));
            recorder.onStep(Steps.step(2, 1));
            recorder.onStep(Steps.stopped(2, 1, false));
            episode(recorder, 3, 4, null);
            recorder.onStep(Steps.reset(4));
            recorder.onStep(Steps.step(4, 1));
            recorder.onStep(Steps.interrupted(4, 1));
            episode(recorder, 5, 3, true);
        }
        assertEquals(
                """
                {
                  "episodes": 5,
                  "episodes_labeled": 3,
                  "successes": 2,
                  "success_rate": 0.6666666666666666,
                  "camera_key": "front",
                  "fps": 30
                }
                """,
                Files.readString(run.resolve("summary.json")));
        assertEquals(
                """
                {"episode": 0, "frames": 6, "video": "videos/episode_000000.mp4", "success": true, "episodes": 1, "episodes_labeled": 1, "success_rate": 1.0}
                {"episode": 1, "frames": 3, "video": "videos/episode_000001.mp4", "success": false, "episodes": 2, "episodes_labeled": 2, "success_rate": 0.5}
                {"episode": 2, "frames": 5, "video": "videos/episode_000002.mp4", "success": null, "episodes": 3, "episodes_labeled": 2, "success_rate": 0.5}
                {"episode": 3, "frames": 2, "video": "videos/episode_000003.mp4", "success": null, "episodes": 4, "episodes_labeled": 2, "success_rate": 0.5, "interrupted": "the \\"line\\" is dead"}
                {"episode": 4, "frames": 4, "video": "videos/episode_000004.mp4", "success": true, "episodes": 5, "episodes_labeled": 3, "success_rate": 0.6666666666666666}
                """,
                Files.readString(run.resolve("metrics.jsonl")));
        assertEquals(
                "[EvalRecordWrapper] Episode 0 saved: episode_000000.mp4 | success=True | mean_success=1.000 (1/1)",
                console.get(1));
        assertEquals(
                "[EvalRecordWrapper] Episode 4 saved: episode_000004.mp4 | success=True | mean_success=0.667 (2/3)",
                console.getLast());
        assertEquals(1, console.stream().filter(line -> line.contains("without a verdict")).count());
        for (int i = 0; i < 5; i++) {
            assertEquals(new int[] {6, 3, 5, 2, 4}[i], Mp4.read(run.resolve("videos/episode_00000" + i + ".mp4")).frames());
        }
        assertEquals(List.of(), leftovers(run));
    }

    @Test
    void warns_once_about_missing_verdicts() throws IOException {
        try (EpisodeRecorder recorder = open("front", "success")) {
            episode(recorder, 1, 2, null);
            episode(recorder, 2, 2, null);
        }
        assertEquals(1, console.stream().filter(line -> line.contains("Warning")).count());
        assertTrue(console.getLast().endsWith("success=None | mean_success=0.000 (0/0)"), console.getLast());
    }

    @Test
    void looks_for_the_verdict_where_it_is_told() throws IOException {
        Path run;
        try (EpisodeRecorder recorder = open("front", "task_done")) {
            run = recorder.runDirectory();
            episode(recorder, 1, 2, true);
        }
        assertTrue(Files.readString(run.resolve("metrics.jsonl")).contains("\"success\": null"));
        assertTrue(console.stream().anyMatch(line -> line.contains("task_done")), console.toString());
    }

    @Test
    void a_missing_camera_means_no_video_and_one_warning() throws IOException {
        Path run;
        try (EpisodeRecorder recorder = open("top", "success")) {
            run = recorder.runDirectory();
            episode(recorder, 1, 3, true);
        }
        assertTrue(Files.readString(run.resolve("metrics.jsonl"))
                .startsWith("{\"episode\": 0, \"frames\": 0, \"video\": \"videos/episode_000000.mp4\", \"success\": true"));
        assertFalse(Files.exists(run.resolve("videos/episode_000000.mp4")));
        assertEquals(1, console.stream().filter(line -> line.contains("no camera 'top' in the observation (front)")).count());
    }

    @Test
    void an_episode_open_at_the_end_is_finalised() throws IOException {
        Path run;
        try (EpisodeRecorder recorder = open("front", "success")) {
            run = recorder.runDirectory();
            recorder.onStep(Steps.reset(1));
            recorder.onStep(Steps.step(1, 1));
        }
        assertEquals(2, Mp4.read(run.resolve("videos/episode_000000.mp4")).frames());
        assertTrue(Files.readString(run.resolve("metrics.jsonl")).contains("\"success\": null, \"episodes\": 1"));
    }

    @Test
    void draws_one_panel_per_joint() throws IOException {
        Path run;
        try (EpisodeRecorder recorder = open("front", "success")) {
            run = recorder.runDirectory();
            episode(recorder, 1, 40, true);
        }
        BufferedImage plot = ImageIO.read(run.resolve("episode_0_actions.png").toFile());
        assertEquals(800, plot.getWidth());
        assertEquals(2 * 400, plot.getHeight());
        int predicted = 0x1f6feb;
        int truth = 0xe8710a;
        assertTrue(count(plot, 0, 400, predicted) > 100, "joint 0: the predicted line");
        assertEquals(0, count(plot, 0, 400, truth), "joint 0: a ground truth of zeros is left out");
        assertTrue(count(plot, 400, 800, predicted) > 100, "joint 1: the predicted line");
        assertTrue(count(plot, 400, 800, truth) > 100, "joint 1: the demonstrated line");
    }

    @Test
    void says_what_is_wrong_when_the_folder_cannot_be_made() throws IOException {
        Path file = Files.writeString(dir.resolve("occupied"), "a file");
        EpisodeRecorder.Options options = new EpisodeRecorder.Options(file, 30, "front", "success", "episode");
        IOException e = assertThrows(IOException.class, () -> EpisodeRecorder.open(options, console::add).close());
        assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
    }

    @Test
    void a_disk_that_fails_is_told_and_the_run_goes_on() throws IOException {
        EpisodeRecorder recorder = open("front", "success");
        Files.delete(recorder.runDirectory().resolve("videos"));
        episode(recorder, 1, 3, true);
        episode(recorder, 2, 3, true);
        IOException e = assertThrows(IOException.class, recorder::close);
        assertTrue(e.getMessage().startsWith("no video of episode 0"), e.getMessage());
        assertTrue(Files.readString(recorder.runDirectory().resolve("summary.json")).contains("\"episodes\": 2"));
    }

    @Test
    void two_runs_in_one_second_do_not_share_a_folder() throws IOException {
        try (EpisodeRecorder a = open("front", "success");
                EpisodeRecorder b = open("front", "success")) {
            assertFalse(a.runDirectory().equals(b.runDirectory()));
        }
    }

    private EpisodeRecorder open(String camera, String successKey) throws IOException {
        return EpisodeRecorder.open(new EpisodeRecorder.Options(dir, 30, camera, successKey, "episode"), console::add);
    }

    private static void episode(EpisodeRecorder recorder, int episode, int steps, Boolean success) {
        recorder.onStep(Steps.reset(episode));
        for (int step = 1; step < steps; step++) {
            recorder.onStep(Steps.step(episode, step));
        }
        recorder.onStep(Steps.last(episode, steps, success));
    }

    private static int count(BufferedImage image, int top, int bottom, int rgb) {
        int count = 0;
        for (int y = top; y < bottom; y++) {
            for (int x = 100; x < 500; x++) { // left of the legend
                count += (image.getRGB(x, y) & 0xffffff) == rgb ? 1 : 0;
            }
        }
        return count;
    }

    private static List<Path> leftovers(Path run) throws IOException {
        try (Stream<Path> files = Files.walk(run)) {
            return files.filter(file -> file.getFileName().toString().startsWith(".")).toList();
        }
    }
}
