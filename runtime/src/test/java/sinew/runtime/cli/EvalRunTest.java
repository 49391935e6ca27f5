package sinew.runtime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sinew.runtime.control.PolicyConnector;
import sinew.runtime.env.EnvTask;
import sinew.runtime.record.EpisodeRecorder;
import sinew.runtime.serve.PolicyClientConfig;

@Timeout(60)
final class EvalRunTest {
    private static final String RULE = "=".repeat(70);

    @TempDir
    private Path dir;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void shows_what_users_of_the_python_client_know() throws IOException {
        try (StubPolicyServer server = new StubPolicyServer(0, 6)) {
            int exit = run(config(server.port(), EnvTask.LIFT, 2, 20, monitor(0)), connector(server.port()));
            assertEquals("", err.toString(StandardCharsets.UTF_8));
            assertEquals(0, exit);
            assertEquals(2, server.resets.get());
            assertEquals(4, server.inferences.get(), "20 steps are two chunks of 16");
            String uri = "ws://127.0.0.1:" + server.port();
            List<String> story = lines().filter(line -> !line.startsWith("[EvalRecordWrapper] Episode")).toList();
            String monitor = story.get(5).substring("✓ MonitorWrapper on ".length());
            String run = onlyRun().toString();
            assertTrue(monitor.matches("http://127\\.0\\.0\\.1:\\d+"), monitor);
            assertEquals(
                    List.of(
                            RULE, "DiffusionPolicy Client Started", RULE,
                            "Connecting to Server at " + uri,
                            "✓ Connected to Server!",
                            "✓ MonitorWrapper on " + monitor,
                            "[EvalRecordWrapper] Output dir: " + run,
                            RULE, "",
                            "🎬 Episode 1/2",
                            "  ✓ Received 16 actions from Server",
                            "  Step 10: action shape=(6,), done=False",
                            "  Step 20: action shape=(6,), done=True",
                            "  ✓ Episode 1 completed (20 steps)",
                            "",
                            "🎬 Episode 2/2",
                            "  ✓ Received 16 actions from Server",
                            "  Step 10: action shape=(6,), done=False",
                            "  Step 20: action shape=(6,), done=True",
                            "  ✓ Episode 2 completed (20 steps)",
                            "", RULE,
                            "✅ All episodes completed!",
                            "Results saved to: " + run,
                            "MonitorWrapper: " + monitor,
                            RULE),
                    story);
            assertTrue(Files.exists(onlyRun().resolve("videos/episode_000001.mp4")));
            assertTrue(Files.exists(onlyRun().resolve("episode_1_actions.png")));
        }
    }

    @Test
    void a_server_of_another_task_is_named_before_anything_moves() throws IOException {
        try (StubPolicyServer server = new StubPolicyServer(0, 12)) {
            assertEquals(1, run(config(server.port(), EnvTask.LIFT, 1, 20, null), connector(server.port())));
        }
        String wrong = err.toString(StandardCharsets.UTF_8);
        assertTrue(wrong.contains("actions have 12 values, this environment takes 6"), wrong);
        assertFalse(wrong.contains("\tat "), wrong);
        assertTrue(lines().anyMatch(line -> line.startsWith("  ✗ Episode 1 interrupted (0 steps)")));
        assertTrue(Files.readString(onlyRun().resolve("metrics.jsonl")).contains("\"success\": null"));
    }

    @Test
    void no_server_ends_with_a_message_and_no_files() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        assertEquals(1, run(config(port, EnvTask.LIFT, 1, 20, null), connector(port)));
        assertTrue(lines().anyMatch(line -> line.startsWith("Connection refused, retrying in ")), out.toString());
        assertTrue(err.toString().contains("No policy server after 2 seconds"), err.toString());
        assertEquals(0, runs());
    }

    @Test
    void a_monitor_port_in_use_ends_with_a_message_and_no_files() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            RunConfig config = config(1, EnvTask.LIFT, 1, 20, monitor(taken.getLocalPort()));
            assertEquals(1, run(config, connector(1)));
        }
        assertTrue(err.toString().contains("--monitor-port"), err.toString());
        assertEquals(0, runs());
    }

    @Test
    void cancel_ends_a_run_with_a_finished_episode_and_130() throws Exception {
        try (StubPolicyServer server = new StubPolicyServer(0, 6)) {
            EvalRun run = evalRun(config(server.port(), EnvTask.LIFT, 1, 100_000, null), connector(server.port()));
            FutureTask<Integer> exit = start(run);
            while (lines().noneMatch(line -> line.startsWith("  Step 10"))) {
                Thread.sleep(10);
            }
            run.cancel();
            assertEquals(EvalRun.CANCELLED, exit.get(30, TimeUnit.SECONDS));
        }
        String metrics = Files.readString(onlyRun().resolve("metrics.jsonl"));
        assertTrue(metrics.endsWith("\"interrupted\": \"The run was ended by its user.\"}\n"), metrics);
    }

    @Test
    void a_server_that_dies_and_comes_back_costs_one_episode() throws Exception {
        StubPolicyServer first = new StubPolicyServer(0, 6);
        int port = first.port();
        FutureTask<Integer> exit;
        try (first) {
            RunConfig config = new RunConfig(
                    new World.Fake(EnvTask.LIFT, 60, 100, 1), 2, false, "ws://127.0.0.1:" + port,
                    Duration.ZERO, null, new EpisodeRecorder.Options(dir, 30, "front", "success", "episode"));
            exit = start(evalRun(config, connector(port)));
            while (lines().noneMatch(line -> line.startsWith("  Step 10"))) {
                Thread.sleep(10);
            }
        }
        while (lines().noneMatch(line -> line.startsWith("Connection refused, retrying in"))) {
            Thread.sleep(10);
        }
        try (StubPolicyServer second = new StubPolicyServer(port, 6)) {
            assertEquals(EvalRun.OK, exit.get(40, TimeUnit.SECONDS), err.toString());
            assertEquals(1, second.resets.get());
        }
        List<String> metrics = Files.readAllLines(onlyRun().resolve("metrics.jsonl"));
        assertEquals(2, metrics.size());
        assertTrue(metrics.get(0).contains("\"success\": null") && metrics.get(0).contains("\"interrupted\": \"Lost "),
                metrics.get(0));
        assertTrue(metrics.get(1).contains("\"success\": true") && !metrics.get(1).contains("interrupted"), metrics.get(1));
        assertTrue(lines().anyMatch("Connected again."::equals));
    }

    @Test
    void the_operators_verdict_is_recorded() throws Exception {
        try (StubPolicyServer server = new StubPolicyServer(0, 6)) {
            EvalRun run = evalRun(config(server.port(), EnvTask.LIFT, 1, 100_000, null), connector(server.port()));
            FutureTask<Integer> exit = start(run);
            while (lines().noneMatch(line -> line.startsWith("  Step 10"))) {
                Thread.sleep(10);
            }
            run.panel().stop(false);
            assertEquals(EvalRun.OK, exit.get(30, TimeUnit.SECONDS));
        }
        assertTrue(lines().anyMatch(line -> line.contains("stopped by the operator") && line.endsWith("a failure")));
        assertTrue(Files.readString(onlyRun().resolve("metrics.jsonl")).contains("\"success\": false"));
    }

    private RunConfig config(int port, EnvTask task, int episodes, int length, RunConfig.MonitorAddress monitor) {
        return new RunConfig(
                new World.Fake(task, length, 0, 1),
                episodes,
                false,
                "ws://127.0.0.1:" + port,
                Duration.ofSeconds(2),
                monitor,
                new EpisodeRecorder.Options(dir, 30, "front", "success", "episode"));
    }

    private static RunConfig.MonitorAddress monitor(int port) {
        return new RunConfig.MonitorAddress("127.0.0.1", port);
    }

    private static PolicyConnector connector(int port) {
        return new WebSocketConnector(PolicyClientConfig.of("127.0.0.1", port));
    }

    private EvalRun evalRun(RunConfig config, PolicyConnector connector) {
        return new EvalRun(
                config,
                connector,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private int run(RunConfig config, PolicyConnector connector) {
        return evalRun(config, connector).run();
    }

    private static FutureTask<Integer> start(EvalRun run) {
        FutureTask<Integer> exit = new FutureTask<>(run::run);
        Thread.ofPlatform().start(exit); // not on the common pool, which the HTTP client needs
        return exit;
    }

    private Stream<String> lines() {
        return out.toString(StandardCharsets.UTF_8).lines();
    }

    private long runs() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.count();
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
