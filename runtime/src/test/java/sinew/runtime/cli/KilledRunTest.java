package sinew.runtime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jcodec.common.io.NIOUtils;
import org.jcodec.common.io.SeekableByteChannel;
import org.jcodec.containers.mp4.demuxer.MP4Demuxer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The whole program in a process of its own, ended from outside in the middle of an episode.
@Timeout(180)
final class KilledRunTest {
    @TempDir
    private Path dir;

    @Test
    void a_kill_leaves_every_finished_episode_readable() throws Exception {
        try (StubPolicyServer server = new StubPolicyServer(0, 6)) {
            Process run = start(server.port());
            try (BufferedReader story = story(run)) {
                await(story, "[EvalRecordWrapper] Episode 0 saved");
                await(story, "  Step ");
            } finally {
                run.destroyForcibly().waitFor();
            }
        }
        Path folder = onlyRun();
        List<JsonNode> metrics = metrics(folder);
        assertTrue(metrics.size() >= 1, metrics.toString());
        for (JsonNode line : metrics) {
            assertEquals(true, line.get("success").asBoolean());
            assertEquals(21, line.get("frames").asInt());
            assertEquals(21, frames(folder.resolve(line.get("video").asText())));
        }
        int episodes = new ObjectMapper().readTree(folder.resolve("summary.json").toFile()).get("episodes").asInt();
        assertTrue(episodes == metrics.size() || episodes == metrics.size() - 1, "summary: " + episodes);
    }

    @Test
    void ctrl_c_finishes_the_open_episode() throws Exception {
        // Shells start background jobs with Ctrl-C ignored, and children inherit that; TERM goes the same way.
        boolean ignored = interruptsAreIgnored();
        String signal = ignored ? "TERM" : "INT";
        try (StubPolicyServer server = new StubPolicyServer(0, 6)) {
            Process run = start(server.port());
            List<String> rest = new ArrayList<>();
            try (BufferedReader story = story(run)) {
                await(story, "[EvalRecordWrapper] Episode 0 saved");
                await(story, "  Step ");
                new ProcessBuilder("kill", "-" + signal, Long.toString(run.pid())).start().waitFor();
                assertTrue(run.waitFor(60, TimeUnit.SECONDS), "SIG" + signal + " did not end the run");
                story.lines().forEach(rest::add);
            } finally {
                run.destroyForcibly();
            }
            assertEquals(ignored ? 128 + 15 : 128 + 2, run.exitValue());
            assertTrue(rest.contains("Results saved to: " + onlyRun()), rest.toString());
        }
        Path folder = onlyRun();
        JsonNode last = metrics(folder).getLast();
        assertTrue(last.get("success").isNull());
        assertEquals("The run was ended by its user.", last.get("interrupted").asText());
        assertEquals(last.get("frames").asInt(), frames(folder.resolve(last.get("video").asText())));
        JsonNode summary = new ObjectMapper().readTree(folder.resolve("summary.json").toFile());
        assertEquals(metrics(folder).size(), summary.get("episodes").asInt());
        try (Stream<Path> files = Files.walk(folder)) {
            assertEquals(List.of(), files.filter(f -> f.getFileName().toString().startsWith(".")).toList());
        }
    }

    private static boolean interruptsAreIgnored() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return false;
        }
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("SigIgn:"))
                    .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).trim(), 16) & 0b10) != 0);
        }
    }

    private Process start(int port) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.awt.headless=true",
                        "-cp", System.getProperty("java.class.path"),
                        Main.class.getName(), "run",
                        "--host", "127.0.0.1", "--port", Integer.toString(port), "--no-monitor",
                        "--num-episodes", "1000", "--env.episode-length", "20", "--env.fps", "60",
                        "--eval.output-dir", dir.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static BufferedReader story(Process run) {
        return new BufferedReader(new InputStreamReader(run.getInputStream(), StandardCharsets.UTF_8));
    }

    private static void await(BufferedReader story, String beginning) throws IOException {
        List<String> seen = new ArrayList<>();
        for (String line = story.readLine(); line != null; line = story.readLine()) {
            seen.add(line);
            if (line.startsWith(beginning)) {
                return;
            }
        }
        throw new AssertionError("the run ended before '" + beginning + "': " + seen);
    }

    private static List<JsonNode> metrics(Path run) throws IOException {
        List<JsonNode> nodes = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            nodes.add(new ObjectMapper().readTree(line));
        }
        return nodes;
    }

    private static int frames(Path video) throws IOException {
        try (SeekableByteChannel channel = NIOUtils.readableChannel(video.toFile());
                MP4Demuxer demuxer = MP4Demuxer.createMP4Demuxer(channel)) {
            return demuxer.getVideoTrack().getMeta().getTotalFrames();
        }
    }

    private Path onlyRun() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            List<Path> all = files.toList();
            assertEquals(1, all.size());
            return all.getFirst();
        }
    }
}
