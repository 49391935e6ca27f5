package sinew.runtime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sinew.convert.SyntheticCheckpoint;
import sinew.convert.safetensors.Dtype;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.arm.Register;
import sinew.runtime.arm.emulator.ArmEmulator;
import sinew.runtime.serve.PolicyMetadata;
import sinew.runtime.serve.PolicyServer;
import sinew.runtime.serve.PolicyServerConfig;
import sinew.runtime.serve.ServerEvents;

/// `sinew doctor` with an emulated arm behind a real pseudo-terminal, cameras that play pictures, the simulation, and a
/// policy behind a real server.
@Timeout(300)
class DoctorCommandTest {
    /// A policy of cameras of 64x48, of which it sees the middle.
    private static final String CONFIG = """
            {"type": "diffusion", "n_obs_steps": 2, "horizon": 16, "n_action_steps": 8, "resize_shape": null,
             "crop_shape": [40, 48], "crop_is_random": true, "vision_backbone": "resnet18", "use_group_norm": true,
             "pretrained_backbone_weights": null, "spatial_softmax_num_keypoints": 8,
             "use_separate_rgb_encoder_per_camera": false, "down_dims": [16, 32], "kernel_size": 3, "n_groups": 8,
             "diffusion_step_embed_dim": 16, "use_film_scale_modulation": true, "noise_scheduler_type": "DDPM",
             "num_train_timesteps": 100, "beta_schedule": "squaredcos_cap_v2", "beta_start": 0.0001,
             "beta_end": 0.02, "prediction_type": "epsilon", "clip_sample": true, "clip_sample_range": 1.0,
             "num_inference_steps": 4,
             "normalization_mapping": {"STATE": "MIN_MAX", "ACTION": "MIN_MAX", "VISUAL": "IDENTITY"},
             "input_features": {"observation.state": {"type": "STATE", "shape": [6]},
                 "observation.images.front": {"type": "VISUAL", "shape": [3, 48, 64]},
                 "observation.images.wrist": {"type": "VISUAL", "shape": [3, 48, 64]}},
             "output_features": {"action": {"type": "ACTION", "shape": [6]}}}
            """;

    /// How fast this machine is must not decide about a test.
    private static final String ANY = "";

    @TempDir
    static Path folder;

    private static Path checkpoint;
    private static ArmEmulator emulator;
    private static Policy policy;
    private static PolicyServer server;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void serve() throws Exception {
        checkpoint = write("small", CONFIG);
        emulator = ArmEmulator.start(ArmEmulator.State.CALIBRATED);
        emulator.calibration().write(folder.resolve("arm.json"));
        ImageIO.write(picture(0), "png", folder.resolve("front.png").toFile());
        ImageIO.write(picture(100), "png", folder.resolve("wrist.png").toFile());
        StringWriter ignored = new StringWriter();
        Path weights = folder.resolve("small.gguf");
        assertEquals(0, Main.commandLine().setOut(new PrintWriter(ignored)).setErr(new PrintWriter(ignored))
                .execute("convert", checkpoint.toString(), "-o", weights.toString()), ignored::toString);
        policy = Policies.load(weights, LoadOptions.defaults().withThreads(1).withWarmUp(false));
        server = new PolicyServer(PolicyServerConfig.of("127.0.0.1", 0), policy, TorchRandom::new,
                SamplingOptions.FROM_CHECKPOINT, PolicyMetadata.of(policy, "lift", "small", "cpu", 8),
                ServerEvents.SILENT);
        server.start();
    }

    @AfterAll
    static void end() {
        server.stop(Duration.ofSeconds(5));
        policy.close();
        emulator.close();
    }

    @Test
    void aPolicyItsArmAndItsCamerasFit() throws IOException {
        Path pictures = folder.resolve("fit");
        assertEquals(0, robot("--policy.path", checkpoint.toString(), "--pictures", pictures.toString()), this::story);
        for (String words : List.of("sees and moves what task lift has", "all servos answer", "shoulder_pan ",
                "delivers", "of 64x48 the policy sees 63% at 48x40", "a prediction takes", "its 8 actions last 267 ms",
                "Nothing speaks against it")) {
            assertTrue(out.toString().contains(words), () -> words + " is not in\n" + story());
        }
        BufferedImage seen = ImageIO.read(pictures.resolve("wrist-policy.png").toFile());
        assertEquals(48, seen.getWidth());
        assertEquals(40, seen.getHeight());
        for (int y = 0; y < 40; y++) {
            for (int x = 0; x < 48; x++) {
                assertEquals(picture(100).getRGB(x + 8, y + 4), seen.getRGB(x, y), "the middle of the wrist's picture");
            }
        }
        assertEquals(64, ImageIO.read(pictures.resolve("front.png").toFile()).getWidth());
        int[] on = new int[1];
        emulator.bus().change(all -> all.forEach(s -> on[0] += s.get(Register.TORQUE_ENABLE)));
        assertEquals(0, on[0], "nothing was written to the arm");
    }

    @Test
    void aServerNeedsNoPolicyHere() throws IOException {
        Path pictures = folder.resolve("served");
        JsonNode report = json(0, "--server", "127.0.0.1:" + server.port(), "--pictures", pictures.toString());
        assertEquals(0, report.get("errors").intValue(), report::toPrettyString);
        assertTrue(has(report, "ok", "server", "answers and serves small"), report::toPrettyString);
        assertTrue(has(report, ANY, "server", "a prediction takes"), report::toPrettyString);
        assertTrue(has(report, "ok", "camera front", "of 64x48 the policy sees 63%"), "the server tells of its crop");
        assertTrue(Files.exists(pictures.resolve("front-policy.png")));
    }

    @Test
    void everythingThatIsWrongIsTold() throws IOException {
        Path calibration = folder.resolve("other.json");
        Files.writeString(calibration, Files.readString(folder.resolve("arm.json"))
                .replaceFirst("\"range_max\": \\d+", "\"range_max\": 4000"));
        String cameras = "{front: {type: file, index_or_path: " + folder.resolve("front.png")
                + ", width: 640, height: 480, fps: 30, warmup_s: 0}, wrist: {type: file, index_or_path: "
                + folder.resolve("gone.png") + ", width: 64, height: 48, fps: 30, warmup_s: 0}}";
        JsonNode report = doctorJson(1, "--server", "127.0.0.1:1", "--policy.path", checkpoint.toString(),
                "--robot.type", "so101", "--robot.port", emulator.path(), "--robot.calibration",
                calibration.toString(), "--robot.cameras", cameras, "--pictures", folder.resolve("wrong").toString());
        assertTrue(has(report, "error", "server", "nobody answers at ws://127.0.0.1:1"), report::toPrettyString);
        assertTrue(has(report, "error", "camera front", "its pictures are 640x480, the policy was trained with 64x48"),
                report::toPrettyString);
        assertTrue(has(report, "error", "camera wrist", "is not there"), report::toPrettyString);
        assertTrue(has(report, "error", "arm", "its servos were calibrated otherwise"), report::toPrettyString);
        assertTrue(has(report, ANY, "prediction", "a prediction takes"), "what can be measured is measured");
        assertEquals(4, report.get("errors").intValue(), report::toPrettyString);
        for (JsonNode finding : report.get("findings")) {
            assertTrue(!finding.get("severity").textValue().equals("error") || finding.get("advice").isTextual(),
                    finding + " does not say what to do");
        }
    }

    @Test
    void slowCamerasAndSlowPoliciesAreFound() throws IOException {
        String slow = cameras().replace("fps: 30", "fps: 8");
        JsonNode report = doctorJson(1, arm("--policy.path", checkpoint.toString(), "--robot.max-wait", "1",
                "--robot.cameras", slow, "--pictures", folder.resolve("slow").toString()));
        assertTrue(has(report, "warning", "camera front", "pictures per second, "), report::toPrettyString);
        assertTrue(has(report, "error", "prediction", "a run stops the arm after 1 ms (--robot.max-wait)"),
                report::toPrettyString);
        assertEquals(1, report.get("errors").intValue(), report::toPrettyString);
    }

    @Test
    void aServerOfAnotherPolicyIsNoticed() throws IOException {
        Path other = write("other", CONFIG.replace("images.wrist", "images.top"));
        JsonNode report = doctorJson(1, "--policy.path", other.toString(), "--server", "127.0.0.1:" + server.port());
        assertTrue(has(report, "error", "server", "the served policy sees"), report::toPrettyString);
        assertTrue(has(report, ANY, "server", "a prediction takes"), report::toPrettyString);
    }

    @Test
    void theSimulationIsABodyToo() throws IOException {
        Path wide = write("wide", CONFIG.replace("3, 48, 64", "3, 480, 640").replace("\"resize_shape\": null",
                "\"resize_shape\": [48, 64]"));
        Path pictures = folder.resolve("sim");
        JsonNode report = doctorJson(0, "--policy.path", wide.toString(), "--env.type", "sim", "--scheduler", "dpm++",
                "--steps", "2", "--pictures", pictures.toString());
        assertTrue(has(report, "ok", "policy", "sees and moves what task lift has"), report::toPrettyString);
        assertTrue(has(report, "ok", "camera wrist", "of 640x480 the policy sees 100% at 64x48"),
                report::toPrettyString);
        assertTrue(has(report, ANY, "prediction", "its 8 actions last 267 ms"), report::toPrettyString);
        assertEquals(64, ImageIO.read(pictures.resolve("front-policy.png").toFile()).getWidth());
        JsonNode two = doctorJson(1, "--policy.path", wide.toString(), "--env.type", "sim", "--env.task", "sort",
                "--pictures", pictures.toString());
        assertTrue(has(two, "error", "policy", "the policy moves 6 joints, task sort has 12"), two::toPrettyString);
    }

    @Test
    void filesThatAreNoPoliciesAreFindings() throws IOException {
        Path file = Files.writeString(folder.resolve("text.gguf"), "no weights");
        JsonNode report = doctorJson(1, "--policy.path", file.toString(), "--env.type", "fake");
        assertTrue(has(report, "error", "policy", "text.gguf"), report::toPrettyString);
        assertTrue(has(doctorJson(1, "--policy.path", folder.resolve("gone").toString()), "error", "policy",
                "there is no such file"));
        JsonNode steps = doctorJson(1, "--policy.path", checkpoint.toString(), "--scheduler", "dpm++", "--steps",
                "100");
        assertTrue(has(steps, "error", "policy", "DPM++ takes fewer steps"), steps::toPrettyString);
    }

    @Test
    void wrongOptionsEndWithTwo() {
        wrong("give a policy (--policy.path), a server (--server), or both");
        wrong("did you mean 'sim'", "--server", "x", "--env.type", "smi");
        wrong("did you mean 'lift'", "--server", "x", "--env.task", "lfit");
        wrong("missing --robot.port", "--server", "x", "--robot.type", "so101");
        wrong("--robot.port is for a real arm", "--server", "x", "--robot.port", "p");
        wrong("port 70000 is not between", "--server", "x:70000");
        wrong("--threads wants", "--server", "x", "--threads", "0");
    }

    /// The run makes the cheap ones of the same checks.
    @Test
    void aRunIsRefusedBeforeAnythingMoves() {
        String[] run = {"run", "--env.type", "fake", "--env.fps", "0", "--env.episode-length", "3", "--num-episodes", "1",
            "--no-monitor", "--host", "127.0.0.1", "--port", Integer.toString(server.port()), "--eval.output-dir",
            folder.resolve("records").toString()};
        assertEquals(1, sinew(run));
        assertFalse(Files.exists(folder.resolve("records")), "refused before the records are begun");
        assertEquals(1, sinew(with(run, "--skip-checks")), "the server refuses the pictures in its turn");
        assertTrue(Files.exists(folder.resolve("records")), "but the run was begun");
    }

    private static boolean has(JsonNode report, String severity, String topic, String words) {
        for (JsonNode finding : report.get("findings")) {
            boolean asBad = severity.equals(ANY) || finding.get("severity").textValue().equals(severity);
            if (asBad && finding.get("topic").textValue().equals(topic)
                    && finding.get("message").textValue().contains(words)) {
                return true;
            }
        }
        return false;
    }

    private void wrong(String words, String... flags) {
        assertEquals(2, sinew(with(new String[] {"doctor"}, flags)));
        assertTrue(err.toString().contains(words), () -> words + " is not in\n" + err);
    }

    private JsonNode json(int exit, String... flags) throws IOException {
        return doctorJson(exit, arm(with(flags, "--robot.cameras", cameras())));
    }

    private JsonNode doctorJson(int exit, String... flags) throws IOException {
        assertEquals(exit, sinew(with(new String[] {"doctor", "--json", "--threads", "1"}, flags)), this::story);
        return new ObjectMapper().readTree(out.toString());
    }

    private int robot(String... flags) {
        return sinew(with(new String[] {"doctor", "--threads", "1"}, arm(with(flags, "--robot.cameras", cameras()))));
    }

    private static String[] arm(String... flags) {
        return with(new String[] {"--robot.type", "so101", "--robot.port", emulator.path(), "--robot.calibration",
            folder.resolve("arm.json").toString()}, flags);
    }

    private static String cameras() {
        List<String> all = new ArrayList<>();
        for (String name : List.of("front", "wrist")) {
            all.add(name + ": {type: file, index_or_path: " + folder.resolve(name + ".png")
                    + ", width: 64, height: 48, fps: 30, warmup_s: 0}");
        }
        return "{" + String.join(", ", all) + "}";
    }

    private static Path write(String name, String config) throws IOException {
        Path wanted = Files.writeString(folder.resolve(name + ".json"), config);
        Path written = folder.resolve(name);
        SyntheticCheckpoint.write(wanted, written, 3, Dtype.F32, tensor -> {});
        return written;
    }

    private static BufferedImage picture(int blue) {
        BufferedImage image = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 48; y++) {
            for (int x = 0; x < 64; x++) {
                image.setRGB(x, y, 3 * x << 16 | 4 * y << 8 | blue);
            }
        }
        return image;
    }

    private String story() {
        return out + "\n" + err;
    }

    private static String[] with(String[] line, String... more) {
        return Stream.concat(Arrays.stream(line), Arrays.stream(more)).toArray(String[]::new);
    }

    private int sinew(String... line) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(line);
    }
}
