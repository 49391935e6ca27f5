package sinew.runtime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.arm.Calibration;
import sinew.runtime.arm.Register;
import sinew.runtime.arm.emulator.ArmEmulator;
import sinew.runtime.arm.emulator.EmulatedServo;
import sinew.runtime.serve.PolicyMetadata;
import sinew.runtime.serve.PolicyServer;
import sinew.runtime.serve.PolicyServerConfig;
import sinew.runtime.serve.ServerEvents;

/// The whole length with an emulated arm behind a real pseudo-terminal: calibrate it, let the bundled policy drive it
/// over a real server, press Stop, fold it. The buttons are pressed through the monitor's API.
@Timeout(300)
final class ArmFromBoxToRestTest {
    @TempDir
    private Path dir;

    private final StringWriter errors = new StringWriter();
    private final FakeOperator operator = new FakeOperator();
    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void calibrateRunStopRest() throws Exception {
        Path calibration = dir.resolve("arm.json");
        try (ArmEmulator arm = ArmEmulator.start(ArmEmulator.State.UNCALIBRATED)) {
            calibrate(arm, calibration);
            run(arm, calibration);
            assertEquals(6, torques(arm), "left holding, as told");
            assertEquals(0, arm("rest", "--robot.port", arm.path(), "--robot.calibration", calibration.toString()),
                    errors::toString);
            assertEquals(0, torques(arm));
            Calibration.Motor elbow = Calibration.read(calibration).motor(2);
            assertEquals(0.96, (arm.servo("elbow_flex").position() - elbow.rangeMin()) / elbow.span(), 0.02);
        }
    }

    private void calibrate(ArmEmulator arm, Path file) {
        operator.answers = prompt -> "";
        long start = System.nanoTime();
        operator.enter = () -> {
            double seconds = (System.nanoTime() - start) * 1e-9;
            arm.bus().change(all -> all.forEach(s -> s.handFraction(seconds < 1 ? 0 : 1)));
            return seconds > 2.5;
        };
        assertEquals(0, arm("calibrate", "--robot.port", arm.path(), "--robot.calibration", file.toString()),
                errors::toString);
        arm.bus().change(all -> all.forEach(s -> s.handFraction(0.5)));
        arm.bus().change(all -> all.forEach(EmulatedServo::letGo));
    }

    private void run(ArmEmulator arm, Path calibration) throws Exception {
        int monitor;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            monitor = free.getLocalPort();
        }
        try (Policy policy = policy();
                PolicyServer server = new PolicyServer(PolicyServerConfig.of("127.0.0.1", 0), policy,
                        k -> new TorchRandom(25 + k), SamplingOptions.FROM_CHECKPOINT,
                        PolicyMetadata.of(policy, "lift", "demo", "cpu", policy.spec().nActionSteps()),
                        ServerEvents.SILENT)) {
            server.start();
            FutureTask<Integer> exit = new FutureTask<>(() -> new CommandLine(new RunCommand())
                    .setErr(new PrintWriter(errors, true))
                    .setExecutionExceptionHandler(new CommandFailures())
                    .execute("--robot.type", "so101", "--robot.port", arm.path(),
                            "--robot.calibration", calibration.toString(), "--robot.cameras", cameras(),
                            "--robot.max-frame-age", "20000", "--robot.max-wait", "60000", "--robot.max-missed", "0",
                            "--num-episodes", "1",
                            "--on-stop", "hold", "--allow-unit-mismatch", "--host", "127.0.0.1",
                            "--port", Integer.toString(server.port()), "--monitor-host", "127.0.0.1",
                            "--monitor-port", Integer.toString(monitor),
                            "--eval.output-dir", dir.resolve("records").toString()));
            Thread.ofPlatform().name("run").start(exit);
            URI api = URI.create("http://127.0.0.1:" + monitor + "/api/");
            await(api, "\"waiting_reset\":true", exit);
            assertEquals(0, torques(arm), "nothing moves before Reset");
            press(api, "{\"cmd\": \"reset\"}");
            await(api, "\"step\":20", exit); // more than a chunk of 16
            assertEquals(6, torques(arm));
            press(api, "{\"cmd\": \"stop\", \"success\": true}");
            assertEquals(0, exit.get(60, TimeUnit.SECONDS), errors::toString);
        }
        String metrics;
        try (Stream<Path> runs = Files.list(dir.resolve("records"))) {
            metrics = Files.readString(runs.findFirst().orElseThrow().resolve("metrics.jsonl"));
        }
        assertTrue(metrics.contains("\"success\": true") && metrics.contains("\"rule\": \"inpaint\""), metrics);
    }

    private static Policy policy() throws Exception {
        return Policies.load(BundledPolicy.trained(), LoadOptions.defaults());
    }

    private String cameras() throws Exception {
        Path picture = dir.resolve("picture.png");
        ImageIO.write(new BufferedImage(640, 480, BufferedImage.TYPE_INT_RGB), "png", picture.toFile());
        String one = "{type: file, index_or_path: " + picture + ", width: 640, height: 480, fps: 30, warmup_s: 0}";
        return "{front: " + one + ", wrist: " + one + "}";
    }

    /// Waits until the monitor shows something; steps go by faster than they are looked at, so that a later one will do.
    private void await(URI api, String shown, FutureTask<Integer> exit) throws Exception {
        String field = shown.substring(0, shown.indexOf(':') + 1);
        String value = shown.substring(field.length());
        while (!exit.isDone()) {
            String state = "";
            try {
                state = http.send(HttpRequest.newBuilder(api.resolve("obs")).build(), HttpResponse.BodyHandlers.ofString())
                        .body();
            } catch (java.io.IOException e) {
                // it is not there yet
            }
            int at = state.indexOf(field);
            String found = at < 0 ? "" : state.substring(at + field.length()).split("[,}]")[0];
            boolean number = !found.isEmpty() && Character.isDigit(found.charAt(0));
            if (number ? Integer.parseInt(found) >= Integer.parseInt(value) : found.equals(value)) {
                return;
            }
            Thread.sleep(50);
        }
        throw new AssertionError("the run ended with " + exit.get() + ": " + errors);
    }

    private void press(URI api, String command) throws Exception {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(api.resolve("command")).header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(command)).build(),
                HttpResponse.BodyHandlers.ofString());
        assertEquals(200, answer.statusCode(), answer.body());
    }

    private int arm(String... arguments) {
        CommandLine command = ArmCommand.commandLine(operator);
        command.setErr(new PrintWriter(errors, true));
        return command.execute(arguments);
    }

    private static int torques(ArmEmulator arm) {
        int[] on = new int[1];
        arm.bus().change(all -> all.forEach(s -> on[0] += s.get(Register.TORQUE_ENABLE)));
        return on[0];
    }
}
