package sinew.runtime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import sinew.runtime.arm.ArmRole;
import sinew.runtime.arm.Calibration;
import sinew.runtime.arm.CalibrationFiles;
import sinew.runtime.arm.Register;
import sinew.runtime.arm.So101;
import sinew.runtime.arm.emulator.ArmEmulator;

/// `sinew run` with an emulated arm behind a real pseudo-terminal and cameras that play a picture.
@Timeout(60)
final class RobotRunTest {
    private static final float[] ZEROS = new float[6];
    private static final float[] DEGREES = {10, 20, 110.5f, 30, 40, 100};

    @TempDir
    private Path dir;

    private final StringWriter err = new StringWriter();
    private ArmEmulator emulator;

    @BeforeEach
    void switchOn() throws Exception {
        emulator = ArmEmulator.start(ArmEmulator.State.CALIBRATED);
        emulator.calibration().write(dir.resolve("arm.json"));
        BufferedImage black = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
        ImageIO.write(black, "png", dir.resolve("picture.png").toFile());
    }

    @AfterEach
    void switchOff() {
        emulator.close();
    }

    @Test
    void an_episode_moves_the_arm_and_leaves_it_as_configured() throws Exception {
        double before = emulator.servo("gripper").position();
        try (StubPolicyServer server = new StubPolicyServer(0, 6)) {
            server.thinkMs = 1500; // longer than the arm's watchdog would wait
            assertEquals(0, run(server, "--on-stop", "limp"), err::toString);
            assertTrue(server.inferences.get() >= 2, "20 steps are more than a chunk of 16");
        }
        assertEquals(0, torques());
        double moved = emulator.servo("gripper").position() - before;
        assertTrue(Math.abs(moved) > 100, "the gripper was told to close, and moved " + moved + " steps");
        assertTrue(metrics().contains("\"frames\": 21"), metrics());
    }

    @Test
    void hold_keeps_the_torque_on() throws Exception {
        try (StubPolicyServer server = new StubPolicyServer(0, 6)) {
            assertEquals(0, run(server, "--on-stop", "hold"), err::toString);
        }
        assertEquals(6, torques());
    }

    @Test
    void rest_folds_the_arm_and_lets_go() throws Exception {
        try (StubPolicyServer server = new StubPolicyServer(0, 6)) {
            assertEquals(0, run(server, "--on-stop", "rest"), err::toString);
        }
        assertEquals(0, torques());
        assertFolded(emulator, 0);
    }

    @Test
    void an_arm_that_would_fold_holds_after_a_fault() throws Exception {
        try (StubPolicyServer server = new StubPolicyServer(0, 6)) {
            server.thinkMs = 500;
            Thread fault = Thread.ofPlatform().start(() -> {
                while (server.inferences.get() < 2) {
                    LockSupport.parkNanos(5_000_000);
                }
                emulator.servo("wrist_flex").overload();
            });
            assertEquals(1, run(server, "--on-stop", "rest"));
            fault.join();
        }
        assertTrue(metrics().contains("wrist_flex: overload"), metrics());
        assertTrue(fold(emulator, "elbow_flex") < 0.8, "it did not fold");
    }

    @Test
    void two_arms_are_driven_and_folded_together() throws Exception {
        String home = System.getProperty("user.home");
        System.setProperty("user.home", dir.toString());
        try (ArmEmulator right = ArmEmulator.start(ArmEmulator.State.CALIBRATED);
                StubPolicyServer server = new StubPolicyServer(0, 12)) {
            for (String side : List.of("left", "right")) {
                Path file = new CalibrationFiles().file(ArmRole.FOLLOWER, "black_" + side);
                assertTrue(file.startsWith(dir), "calibration files are looked for in " + file
                        + ": this test wants none of HF_HOME, HF_LEROBOT_HOME, HF_LEROBOT_CALIBRATION set");
                Files.createDirectories(file.getParent());
                (side.equals("left") ? emulator : right).calibration().write(file);
            }
            String one = "{type: file, index_or_path: " + dir.resolve("picture.png")
                    + ", width: 64, height: 48, fps: 30, warmup_s: 0}";
            String[] arguments = {
                "--robot.type", "bi_so101", "--robot.left-port", emulator.path(), "--robot.right-port", right.path(),
                "--robot.id", "black", "--env.task", "sort",
                "--robot.cameras", "{front: " + one + ", left_wrist: " + one + ", right_wrist: " + one + "}",
                "--robot.max-frame-age", "5000", "--num-episodes", "1", "--no-wait-for-reset", "--no-monitor",
                "--host", "127.0.0.1", "--port", Integer.toString(server.port()),
                "--eval.output-dir", dir.resolve("records").toString(), "--env.episode-length", "20"
            };
            double before = right.servo("gripper").position();
            assertEquals(0, execute(with(arguments, "--on-stop", "hold")), err::toString);
            assertEquals(12, torques(emulator) + torques(right));
            double moved = right.servo("gripper").position() - before;
            assertTrue(Math.abs(moved) > 100, "the right gripper was told to close, and moved " + moved + " steps");
            assertEquals(0, execute(with(arguments, "--on-stop", "rest")), err::toString);
            assertEquals(0, torques(emulator) + torques(right));
            assertFolded(emulator, 0);
            assertFolded(right, 1);
            right.servo("elbow_flex").put(Register.HOMING_OFFSET, 5);
            assertEquals(1, execute(arguments), "the right arm is not the calibrated one");
        } finally {
            System.setProperty("user.home", home);
        }
    }

    private static void assertFolded(ArmEmulator arm, int which) {
        assertEquals(0.96, fold(arm, "elbow_flex"), 0.03, "arm " + which);
        assertEquals(0.04, fold(arm, "shoulder_lift"), 0.03, "arm " + which);
    }

    /// Where in its calibrated range a joint is, 0 to 1.
    private static double fold(ArmEmulator arm, String joint) {
        Calibration.Motor motor = arm.calibration().motor(So101.JOINTS.indexOf(joint));
        return (arm.servo(joint).position() - motor.rangeMin()) / motor.span();
    }

    @Test
    void a_dry_run_moves_nothing() throws Exception {
        try (StubPolicyServer server = new StubPolicyServer(0, 6)) {
            assertEquals(0, run(server, "--dry-run"), err::toString);
        }
        assertEquals(0, torques());
        assertEquals(2047, emulator.servo("gripper").position(), 0.5);
    }

    @Test
    void servos_that_vanish_end_the_run_with_a_finished_episode_and_the_others_let_go() throws Exception {
        try (StubPolicyServer server = new StubPolicyServer(0, 6)) {
            server.thinkMs = 1000;
            Thread fault = Thread.ofPlatform().start(() -> {
                while (server.inferences.get() < 2) {
                    LockSupport.parkNanos(5_000_000);
                }
                emulator.bus().plugIn(So101.JOINTS.subList(1, 6));
            });
            long start = System.nanoTime();
            assertEquals(1, run(server, "--on-stop", "limp"));
            fault.join();
            assertTrue(System.nanoTime() - start < 30_000_000_000L, "a missing servo keeps the others waiting");
        }
        assertEquals(0, torques(), "those that are reached let go");
        assertTrue(metrics().contains("\"interrupted\": ") && !metrics().contains("RobotException"), metrics());
    }

    @Test
    void a_signal_leaves_the_arm_as_configured_and_the_episode_finished() throws Exception {
        try (StubPolicyServer server = new StubPolicyServer(0, 6)) {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Djava.awt.headless=true",
                    "-cp", System.getProperty("java.class.path"), Main.class.getName(), "run"));
            command.addAll(List.of(arguments(server, "--on-stop", "limp", "--env.episode-length", "100000")));
            Process run = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(dir.resolve("story.txt").toFile()).start();
            try {
                while (server.inferences.get() < 3 && run.isAlive()) {
                    LockSupport.parkNanos(20_000_000);
                }
                assertEquals(6, torques(), () -> story());
                // goes the way of Ctrl-C, which is ignored in what a shell started in the background
                new ProcessBuilder("kill", "-TERM", Long.toString(run.pid())).start().waitFor();
                assertTrue(run.waitFor(30, TimeUnit.SECONDS));
            } finally {
                run.destroyForcibly();
            }
            assertEquals(128 + 15, run.exitValue(), () -> story());
        }
        assertEquals(0, torques(), () -> story());
        assertTrue(metrics().contains("\"interrupted\": \"The run was ended by its user.\""), metrics());
    }

    private String story() {
        try {
            return Files.readString(dir.resolve("story.txt"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void a_policy_of_other_units_is_refused_before_anything_moves() throws Exception {
        Map<String, Object> statistics = Map.of("action", Map.of("min", ZEROS, "max", DEGREES));
        try (StubPolicyServer server = new StubPolicyServer(0, 6, statistics)) {
            assertEquals(1, run(server, "--on-stop", "hold"));
            assertEquals(0, server.inferences.get());
            assertEquals(0, torques());
            assertEquals(0, run(server, "--on-stop", "hold", "--allow-unit-mismatch"), err::toString);
            assertEquals(6, torques());
        }
    }

    @Test
    void skipped_checks_do_not_keep_an_arm_from_moving() throws Exception {
        Map<String, Object> statistics = Map.of("action", Map.of("min", ZEROS, "max", DEGREES));
        try (StubPolicyServer server = new StubPolicyServer(0, 6, statistics)) {
            assertEquals(0, run(server, "--on-stop", "hold", "--skip-checks"), err::toString);
            assertEquals(6, torques());
        }
    }

    @Test
    void options_of_other_worlds_and_missing_ones_are_named() {
        wrong("--robot.port is for a real arm", "--robot.port", "p");
        wrong("--dry-run is for a real arm", "--dry-run");
        wrong("--env.type is not for a real arm", "--robot.type", "so101", "--env.type", "sim");
        wrong("missing --robot.port", "--robot.type", "so101", "--no-wait-for-reset");
        wrong("missing --robot.id", "--robot.type", "so101", "--robot.port", "p");
        wrong("--robot.type is so101 or bi_so101, got so100", "--robot.type", "so100");
        String[] arm = {"--robot.type", "so101", "--robot.port", "p", "--robot.id", "black"};
        wrong("missing --robot.cameras", arm);
        wrong("--robot.cameras has front", with(arm, "--robot.cameras", "{front: {index_or_path: 0}}"));
        wrong("--robot.cameras: camera front: unknown setting", with(arm, "--robot.cameras", "{front: {size: 1}}"));
        wrong("moves 12 joints", with(arm, "--env.task", "sort"));
        wrong("nobody can stop an episode", with(arm, "--no-monitor"));
        String[] whole = with(arm, "--robot.cameras", cameras(), "--env.episode-length", "20");
        wrong("add --no-wait-for-reset", with(whole, "--no-monitor"));
        wrong("1 to 200 control steps", with(whole, "--env.fps", "0"));
        wrong("an arm can hold, limp or rest", with(whole, "--on-stop", "fall"));
        wrong("--robot.max-missed must be 0", with(whole, "--robot.max-missed", "-1"));
        wrong("unknown --seam 'blent': did you mean 'blend'?", with(whole, "--seam", "inpaint,blent"));
        wrong("--overlap is auto, off or a number", with(whole, "--overlap", "0"));
    }

    private void wrong(String expected, String... options) {
        err.getBuffer().setLength(0);
        assertEquals(2, execute(options), err::toString);
        assertTrue(err.toString().contains(expected), err.toString());
    }

    private int run(StubPolicyServer server, String... more) {
        return execute(with(arguments(server, "--env.episode-length", "20"), more));
    }

    private String[] arguments(StubPolicyServer server, String... more) {
        return with(
                new String[] {
                    "--robot.type", "so101", "--robot.port", emulator.path(),
                    "--robot.calibration", dir.resolve("arm.json").toString(), "--robot.cameras", cameras(),
                    "--robot.max-frame-age", "5000", "--num-episodes", "1", "--no-wait-for-reset", "--no-monitor",
                    "--host", "127.0.0.1", "--port", Integer.toString(server.port()),
                    "--eval.output-dir", dir.resolve("records").toString()
                },
                more);
    }

    private String cameras() {
        String one = "{type: file, index_or_path: " + dir.resolve("picture.png") + ", width: 64, height: 48, fps: 30,"
                + " warmup_s: 0}";
        return "{front: " + one + ", wrist: " + one + "}";
    }

    private static String[] with(String[] options, String... more) {
        String[] all = Arrays.copyOf(options, options.length + more.length);
        System.arraycopy(more, 0, all, options.length, more.length);
        return all;
    }

    private int execute(String... options) {
        return new CommandLine(new RunCommand())
                .setErr(new PrintWriter(err, true))
                .setExecutionExceptionHandler(new CommandFailures())
                .execute(options);
    }

    private int torques() {
        return torques(emulator);
    }

    private static int torques(ArmEmulator arm) {
        int[] on = new int[1];
        arm.bus().change(all -> all.forEach(s -> on[0] += s.get(Register.TORQUE_ENABLE)));
        return on[0];
    }

    private String metrics() throws Exception {
        try (Stream<Path> runs = Files.list(dir.resolve("records"))) {
            return Files.readString(runs.findFirst().orElseThrow().resolve("metrics.jsonl"));
        }
    }
}
