package sinew.runtime.arm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationTest {
    @TempDir
    Path folder;

    static Calibration example() {
        Map<String, Calibration.Motor> motors = new LinkedHashMap<>();
        int[] offsets = {-709, 512, 303, -250, 64, -420};
        int[] spans = {2588, 2392, 2238, 2394, 3833, 1829};
        for (int i = 0; i < 6; i++) {
            int min = 2047 - spans[i] / 2;
            motors.put(So101.JOINTS.get(i), new Calibration.Motor(i + 1, 0, offsets[i], min, min + spans[i]));
        }
        return new Calibration(motors);
    }

    @Test
    void writesLeRobotsFormAndReadsItBack() throws Exception {
        Path file = folder.resolve("robots/so_follower/black.json");
        example().write(file);
        String text = Files.readString(file);
        assertTrue(text.startsWith("""
                {
                    "shoulder_pan": {
                        "id": 1,
                        "drive_mode": 0,
                        "homing_offset": -709,
                        "range_min": 753,
                        "range_max": 3341
                    },
                    "shoulder_lift": {
                """), text);
        assertTrue(text.endsWith("    }\n}"), text);
        assertEquals(example(), Calibration.read(file));
        Path plain = Files.writeString(folder.resolve("plain"), "");
        assertEquals(Files.getPosixFilePermissions(plain), Files.getPosixFilePermissions(file), "others may read it");
        try (var files = Files.list(file.getParent())) {
            assertEquals(List.of(file), files.toList(), "no half-written file is left");
        }
    }

    @Test
    void saysEverythingThatIsWrongWithAFile() throws Exception {
        Path file = folder.resolve("x.json");
        RobotException e = assertThrows(RobotException.class, () -> Calibration.read(file));
        assertTrue(e.getMessage().contains("sinew arm calibrate"), e.getMessage());
        Files.writeString(file,
                "{\"shoulder_pan\": {\"id\": 1, \"drive_mode\": 0, \"homing_offset\": 1.5, \"range_min\": 1}}");
        e = assertThrows(RobotException.class, () -> Calibration.read(file));
        assertTrue(e.getMessage().contains("x.json") && e.getMessage().contains("shoulder_pan.homing_offset")
                && e.getMessage().contains("shoulder_pan.range_max"), e.getMessage());
        Files.writeString(file,
                example().toJson().replace("\"range_min\": 753", "\"range_min\": 3400").replace("gripper", "hand"));
        e = assertThrows(RobotException.class, () -> Calibration.read(file));
        assertTrue(e.getMessage().contains("no joint hand") && e.getMessage().contains("gripper is missing")
                && e.getMessage().contains("3400 and 3341"), e.getMessage());
        Files.writeString(file, "nonsense");
        e = assertThrows(RobotException.class, () -> Calibration.read(file));
        assertTrue(e.getMessage().contains("not JSON"), e.getMessage());
    }

    @Test
    void knowsLeRobotsPlaces() throws Exception {
        Path home = folder.resolve("home");
        assertEquals(home.resolve(".cache/huggingface/lerobot/calibration/robots/so_follower/black.json"),
                new CalibrationFiles(Map.of(), home).file(ArmRole.FOLLOWER, "black"));
        assertEquals(home.resolve("hf/lerobot/calibration/teleoperators/so_leader/black.json"),
                new CalibrationFiles(Map.of("HF_HOME", "~/hf"), home).file(ArmRole.LEADER, "black"));
        assertEquals(Path.of("/l/calibration/robots/so_follower/b.json"),
                new CalibrationFiles(Map.of("HF_LEROBOT_HOME", "/l", "HF_HOME", "/h"), home)
                .file(ArmRole.FOLLOWER, "b"));
        Path old = folder.resolve("c/robots/so101_follower/b.json");
        example().write(old);
        CalibrationFiles files =
                new CalibrationFiles(Map.of("HF_LEROBOT_CALIBRATION", folder.resolve("c").toString()), home);
        assertEquals(old, files.file(ArmRole.FOLLOWER, "b"), "a file under the robot's former name is found");
        assertThrows(RobotException.class, () -> files.file(ArmRole.FOLLOWER, "../b"));
    }

    @Test
    void computesUnitsAsLeRobotDoes() {
        Calibration.Motor motor = new Calibration.Motor(1, 0, -709, 758, 3292);
        JointScale range = JointScale.of(0, motor, Units.RANGE_M100_100);
        JointScale degrees = JointScale.of(0, motor, Units.DEGREES);
        JointScale gripper = JointScale.of(5, motor, Units.DEGREES);
        assertEquals(1.73639, range.toUnits(2047), 5e-6);
        assertEquals(50.86819, gripper.toUnits(2047), 5e-6);
        assertEquals(1.93407, degrees.toUnits(2047), 5e-6);
        assertEquals(764, (int) range.toSteps(-99.5));
        assertEquals(2658, (int) range.toSteps(50));
        assertEquals(887, (int) degrees.toSteps(-100));
        assertEquals(-100, range.toUnits(0), 0, "outside the range counts as its end");
        assertTrue(degrees.toUnits(0) < -170, "but not in degrees");
        assertEquals(3292, range.toSteps(140), 0);
        JointScale reversed = JointScale.of(0, new Calibration.Motor(1, 1, 0, 758, 3292), Units.RANGE_M100_100);
        assertEquals(-1.73639, reversed.toUnits(2047), 5e-6);
        assertEquals(range.toSteps(30), reversed.toSteps(-30), 1e-9);
        JointScale reversedGripper = JointScale.of(5, new Calibration.Motor(6, 1, 0, 758, 3292), Units.RANGE_M100_100);
        assertEquals(100, reversedGripper.toUnits(758), 0);
        assertEquals(758, reversedGripper.toSteps(100), 0);
    }
}
