package sinew.runtime.cli;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.NoiseSource;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.PredictionTrace;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.env.EnvTask;
import sinew.runtime.monitor.Chromium;
import sinew.runtime.record.EpisodeRecorder;
import sinew.runtime.serve.PolicyClientConfig;
import sinew.runtime.serve.PolicyServer;
import sinew.runtime.serve.PolicyServerConfig;
import sinew.runtime.serve.ServerEvents;

/// A run as an operator sees it: server, client, recorder and monitor are the real ones, and the buttons are
/// pressed in a browser. Only the policy behind the server is a toy.
@Timeout(90)
class WatchedRunTest {
    /// 8 seconds: long enough to press Stop in a browser on a busy machine.
    private static final int STEPS = 240;
    private static final Pattern MONITOR = Pattern.compile("MonitorWrapper on (http://127\\.0\\.0\\.1:\\d+)");

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream console = new ByteArrayOutputStream();

    @Test
    void operatorStopsTheFirstEpisodeAndLetsTheSecondRun() throws Exception {
        try (Chromium chromium = Chromium.start();
                PolicyServer server = new PolicyServer(
                        PolicyServerConfig.of("127.0.0.1", 0),
                        new Waves(),
                        connection -> (out, n) -> {},
                        SamplingOptions.FROM_CHECKPOINT,
                        Map.of(),
                        ServerEvents.SILENT)) {
            server.start();
            EvalRun run = run(server.port());
            // Not on the common pool, which the client's HTTP needs.
            CompletableFuture<Integer> exit = new CompletableFuture<>();
            Thread.ofPlatform().name("run").start(() -> exit.complete(run.run()));
            Page page = chromium.browser().newPage();
            page.setDefaultTimeout(20_000);
            page.navigate(monitorUrl());

            assertThat(page.locator("#phase")).hasText("waiting for Reset");
            page.locator("#reset").click();
            assertThat(page.locator("#phase")).hasText("running");
            assertMoving(page, page.locator("[data-camera=front] canvas"));
            assertThat(page.locator("#joint-plots .uplot")).hasCount(6);
            page.locator("#stop").click();
            page.keyboard().press("f");

            assertThat(page.locator("#phase")).hasText("waiting for Reset");
            assertThat(page.locator("#figure-finished")).hasText("1");
            assertThat(page.locator("#figure-success")).hasText("0% 0 of 1");
            page.locator("#reset").click();
            assertThat(page.locator("#figure-episode")).hasText("2");
            assertThat(page.locator("#link")).hasText("disconnected");
            page.screenshot(new Page.ScreenshotOptions().setPath(Path.of("target/screenshots/run-over.png")));

            assertEquals(0, exit.get(20, TimeUnit.SECONDS), () -> console.toString(StandardCharsets.UTF_8));
        }
        assertRecords();
    }

    private EvalRun run(int port) {
        RunConfig config = new RunConfig(
                new World.Fake(EnvTask.LIFT, STEPS, 30, 1),
                2,
                true,
                "ws://127.0.0.1:" + port,
                Duration.ofSeconds(10),
                new RunConfig.MonitorAddress("0.0.0.0", 0),
                new EpisodeRecorder.Options(folder, 30, "front", "success", "episode"));
        PrintStream out = new PrintStream(console, true, StandardCharsets.UTF_8);
        return new EvalRun(config, new WebSocketConnector(PolicyClientConfig.of("127.0.0.1", port)), out, out);
    }

    private String monitorUrl() throws InterruptedException {
        Matcher told = MONITOR.matcher("");
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!told.reset(console.toString(StandardCharsets.UTF_8)).find()) {
            assertTrue(System.nanoTime() < until, () -> "no monitor: " + console.toString(StandardCharsets.UTF_8));
            Thread.sleep(20);
        }
        return told.group(1);
    }

    private void assertRecords() throws Exception {
        try (var runs = Files.list(folder)) {
            Path records = runs.findFirst().orElseThrow();
            List<String> lines = Files.readAllLines(records.resolve("metrics.jsonl"));
            assertEquals(2, lines.size());
            JsonNode stopped = new ObjectMapper().readTree(lines.get(0));
            assertEquals("false", stopped.get("success").toString());
            assertTrue(stopped.get("frames").asInt() <= STEPS, "stopped before its end: " + stopped);
            JsonNode completed = new ObjectMapper().readTree(lines.get(1));
            assertEquals("true", completed.get("success").toString());
            assertEquals(STEPS + 1, completed.get("frames").asInt());
            assertTrue(Files.size(records.resolve("videos/episode_000000.mp4")) > 0);
        }
    }

    private static void assertMoving(Page page, Locator canvas) {
        assertThat(canvas).isVisible();
        String before = canvas.getAttribute("data-seq");
        page.waitForCondition(() -> !canvas.getAttribute("data-seq").equals(before));
    }

    /// Six slow sine waves, whatever is seen.
    private static final class Waves implements Policy {
        private static final int ROWS = 8;
        private static final int DIM = 6;

        @Override
        public PolicySpec spec() {
            return new DiffusionSpec(
                    List.of(
                            new Feature("observation.state", FeatureType.STATE, List.of(DIM)),
                            new Feature("observation.images.front", FeatureType.VISUAL, List.of(3, 480, 640)),
                            new Feature("observation.images.wrist", FeatureType.VISUAL, List.of(3, 480, 640))),
                    new Feature("action", FeatureType.ACTION, List.of(DIM)),
                    1, 16, ROWS, Map.of(), null, null, null);
        }

        @Override
        public PolicySession newSession(NoiseSource noise, SamplingOptions options) {
            return new PolicySession() {
                private int at;

                @Override
                public void reset() {
                    at = 0;
                }

                @Override
                public void observe(Observation observation) {}

                @Override
                public ActionChunk predict(Observation observation) {
                    float[] values = new float[ROWS * DIM];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = (float) Math.sin((at + i / DIM) / 10.0 + i % DIM);
                    }
                    at += ROWS;
                    return new ActionChunk(ROWS, DIM, values, values);
                }

                @Override
                public ActionChunk predict(Observation observation, PredictionTrace trace) {
                    return predict(observation);
                }
            };
        }

        @Override
        public void close() {}
    }
}
