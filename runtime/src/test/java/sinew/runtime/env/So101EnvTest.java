package sinew.runtime.env;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.runtime.arm.ArmRole;
import sinew.runtime.arm.ArmSettings;
import sinew.runtime.arm.OnStop;
import sinew.runtime.arm.Register;
import sinew.runtime.arm.RobotException;
import sinew.runtime.arm.SafetyLimits;
import sinew.runtime.arm.So101Arm;
import sinew.runtime.arm.Units;
import sinew.runtime.arm.emulator.ArmEmulator;
import sinew.runtime.camera.Camera;
import sinew.runtime.camera.CameraException;
import sinew.runtime.camera.CameraSettings;

/// An emulated arm behind a real pseudo-terminal, and cameras that play a picture.
class So101EnvTest {
    @TempDir
    Path folder;

    private ArmEmulator emulator;
    private final List<String> notices = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        emulator = ArmEmulator.start(ArmEmulator.State.CALIBRATED);
        BufferedImage image = new BufferedImage(1280, 720, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 1280 * 720; i++) {
            image.setRGB(i % 1280, i / 1280, 0xC86432);
        }
        ImageIO.write(image, "png", folder.resolve("red.png").toFile());
    }

    @AfterEach
    void end() {
        emulator.close();
    }

    private So101Arm arm(boolean dry) {
        ArmSettings settings = new ArmSettings("arm", emulator.path(), ArmRole.FOLLOWER, emulator.calibration(),
                Units.RANGE_M100_100, SafetyLimits.defaults(), OnStop.LIMP);
        return dry ? So101Arm.connectDry(settings) : So101Arm.connect(settings);
    }

    private Map<String, Camera> cameras(String... names) {
        Map<String, Camera> cameras = new LinkedHashMap<>();
        for (String name : names) {
            cameras.put(name, Camera.open(new CameraSettings(
                    name, CameraSettings.Type.FILE, folder.resolve("red.png").toString(), 640, 480, 30, 0, null, 0)));
        }
        return cameras;
    }

    private So101Env env(boolean dry, int maxSteps, int maxFrameMs) {
        return new So101Env(arm(dry), cameras("front", "wrist"),
                new So101Env.Options(EnvTask.LIFT, 30, maxSteps, maxFrameMs, 10_000),
                notices::add);
    }

    @Test
    void anEpisodeMovesTheArmAndKeepsTheTick() {
        try (So101Env env = env(false, 45, 2000)) {
            EnvObservation first = env.reset();
            assertEquals(0, first.states().get("arm")[0], 0.1);
            assertEquals(50, first.states().get("arm")[5], 0.1);
            assertEquals(480, first.images().get("wrist").height());
            assertEquals((byte) 0xC8, first.images().get("front").rgb()[0]);
            assertEquals("lift up the red cube", first.task());
            float[] wish = {15, -10, 5, 0, 10, 60};
            long start = System.nanoTime();
            EnvStep last = null;
            for (int i = 0; i < 45; i++) {
                last = env.step(wish);
                assertEquals(i == 44, last.done());
            }
            double seconds = (System.nanoTime() - start) * 1e-9;
            assertTrue(seconds > 1.4, "45 ticks at 30 per second took " + seconds + " s");
            assertArrayEquals(wish, last.applied());
            assertArrayEquals(wish, last.observation().states().get("arm"), 0.5f);
            assertEquals(45, env.ticks().ticks());
            assertTrue(env.ticks().meanMs() < 33, env.ticks().toString());
            assertEquals(1.5 + env.ticks().pausedMs() * 1e-3, seconds, 0.2, "time is lost in pauses only");
        }
        assertEquals(0, torques());
    }

    private int torques() {
        int[] on = new int[1];
        emulator.bus().change(all -> all.forEach(s -> on[0] += s.get(Register.TORQUE_ENABLE)));
        return on[0];
    }

    @Test
    void aDryRunComputesAndSendsNothing() {
        int before = emulator.servo("shoulder_pan").get(Register.P_COEFFICIENT);
        try (So101Env env = env(true, 0, 2000)) {
            env.reset();
            for (int i = 0; i < 20; i++) {
                EnvStep step = env.step(new float[] {400, 0, 0, 0, 0, 50});
                assertTrue(step.applied()[0] > 0 && step.applied()[0] <= 100, "limited all the same");
            }
            assertEquals(0, torques());
        }
        assertEquals(2047, emulator.servo("shoulder_pan").position(), 0.5);
        assertEquals(before, emulator.servo("shoulder_pan").get(Register.P_COEFFICIENT));
        assertTrue(notices.toString().contains("shoulder_pan: asked for 400.00"), notices.toString());
    }

    @Test
    void aPolicyMayThinkLongButNotForEver() throws Exception {
        So101Env.Options options = new So101Env.Options(EnvTask.LIFT, 30, 0, 5000, 2500);
        try (So101Env env = new So101Env(arm(false), cameras("front", "wrist"), options, notices::add)) {
            env.reset();
            think(env, 1500); // longer than the watchdog waits
            env.step(new float[] {5, 0, 0, 0, 0, 50});
            assertEquals(6, torques());
            RobotException e = assertThrows(RobotException.class, () -> think(env, 60_000));
            assertEquals(RobotException.Kind.WATCHDOG, e.kind());
            assertTrue(e.getMessage().contains("has not answered for 2"), e.getMessage());
            assertEquals(0, torques(), "left limp, as configured");
        }
    }

    private static void think(So101Env env, int ms) throws InterruptedException {
        for (long end = System.nanoTime() + ms * 1_000_000L; System.nanoTime() < end;) {
            env.idle();
            Thread.sleep(100);
        }
    }

    @Test
    void deadlinesThatAreMissedAgainAndAgainStopTheArm() throws Exception {
        So101Env.Options options = new So101Env.Options(EnvTask.LIFT, 100, 0, 5000, 10_000, 5);
        try (So101Env env = new So101Env(arm(false), cameras("front", "wrist"), options, notices::add)) {
            env.reset();
            for (int i = 0; i < 20; i++) { // whoever waits for the policy misses nothing
                Thread.sleep(25);
                env.idle();
                env.step(new float[] {5, 0, 0, 0, 0, 50});
            }
            assertEquals(6, torques());
            int[] late = new int[1];
            RobotException e = assertThrows(RobotException.class, () -> {
                for (; late[0] < 100; late[0]++) {
                    Thread.sleep(25);
                    env.step(new float[] {5, 0, 0, 0, 0, 50});
                }
            });
            assertEquals(RobotException.Kind.WATCHDOG, e.kind());
            assertTrue(e.getMessage().contains("5 of the last 100 control steps began more than a whole step of 10.0 ms"),
                    e.getMessage());
            assertEquals(4, late[0]);
            assertEquals(0, torques(), "left limp, as configured");
        }
    }

    @Test
    void aCameraThatVanishesStopsTheArmAndMayComeBackBetweenEpisodes() throws Exception {
        Path pictures = Files.createDirectory(folder.resolve("pictures"));
        for (String name : List.of("a.png", "b.png")) {
            ImageIO.write(new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB), "png", pictures.resolve(name).toFile());
        }
        Map<String, Camera> cameras = cameras("front");
        cameras.put("wrist", Camera.open(new CameraSettings(
                "wrist", CameraSettings.Type.FILE, pictures.toString(), 64, 48, 30, 0, null, 0)));
        So101Env.Options options = new So101Env.Options(EnvTask.LIFT, 30, 0, 2000, 10_000);
        try (So101Env env = new So101Env(arm(false), cameras, options, notices::add)) {
            env.reset();
            env.step(new float[] {5, 0, 0, 0, 0, 50});
            Files.move(pictures, folder.resolve("elsewhere"));
            CameraException e = assertThrows(CameraException.class, () -> {
                for (int i = 0; i < 300; i++) {
                    env.step(new float[] {5, 0, 0, 0, 0, 50});
                }
            });
            assertTrue(e.getMessage().contains("camera wrist") && e.getMessage().contains("is gone"), e.getMessage());
            assertEquals(0, torques(), "left limp, as configured");
            env.observe();
            assertTrue(notices.getLast().contains("camera wrist"), "between episodes it is only told");
            Files.move(folder.resolve("elsewhere"), pictures);
            for (int i = 0; i < 100 && !notices.getLast().contains("has been opened again"); i++) {
                Thread.sleep(50);
                env.observe();
            }
            env.reset();
            env.step(new float[] {5, 0, 0, 0, 0, 50});
            assertEquals(6, torques());
        }
    }

    @Test
    void betweenEpisodesTheArmIsLeftAsConfigured() {
        try (So101Env env = env(false, 1, 5000)) {
            env.reset();
            env.step(new float[] {5, 0, 0, 0, 0, 50});
            env.pause();
            assertEquals(0, torques());
            assertEquals(50, env.observe().states().get("arm")[5], 1);
            env.reset();
            assertEquals(6, torques());
        }
    }

    @Test
    void anArmDoesNotMoveBlind() throws Exception {
        try (So101Env env = env(false, 0, 1)) { // a camera at 30 per second cannot keep up with that
            CameraException e = assertThrows(CameraException.class, () -> {
                env.reset();
                for (int i = 0; i < 100; i++) {
                    env.step(new float[6]);
                }
            });
            assertTrue(e.getMessage().contains("is frozen"), e.getMessage());
            assertThrows(RobotException.class, () -> env.step(new float[6]));
        }
    }

    @Test
    void whatDoesNotFitTheTaskIsSaid() {
        try (So101Arm arm = arm(false)) {
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> new So101Env(
                    arm, Map.of(), new So101Env.Options(EnvTask.SORT, 30, 0, 500, 10_000), notices::add));
            assertTrue(e.getMessage().contains("moves 12 joints, the robot has 6"), e.getMessage());
            e = assertThrows(IllegalArgumentException.class, () -> new So101Env(
                    arm, Map.of(), new So101Env.Options(EnvTask.LIFT, 30, 0, 500, 10_000), notices::add));
            assertTrue(e.getMessage().contains("needs the cameras [front, wrist]"), e.getMessage());
        }
    }
}
