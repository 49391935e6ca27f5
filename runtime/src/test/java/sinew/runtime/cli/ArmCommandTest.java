package sinew.runtime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import sinew.runtime.arm.Calibration;
import sinew.runtime.arm.Register;
import sinew.runtime.arm.So101;
import sinew.runtime.arm.emulator.ArmEmulator;
import sinew.runtime.arm.emulator.EmulatedServo;

/// The commands as a user gives them, against emulated arms behind real pseudo-terminals.
class ArmCommandTest {
    @TempDir
    Path folder;

    private final FakeOperator operator = new FakeOperator();
    private final StringWriter errors = new StringWriter();
    private final List<ArmEmulator> emulators = new ArrayList<>();

    @AfterEach
    void end() {
        emulators.forEach(ArmEmulator::close);
    }

    private ArmEmulator emulator(ArmEmulator.State state) throws Exception {
        ArmEmulator emulator = ArmEmulator.start(state);
        emulators.add(emulator);
        return emulator;
    }

    private int sinewArm(String... args) {
        CommandLine command = ArmCommand.commandLine(operator);
        command.setErr(new PrintWriter(errors));
        return command.execute(args);
    }

    private static int sum(ArmEmulator emulator, Register register) {
        int[] sum = new int[1];
        emulator.bus().change(all -> all.forEach(s -> sum[0] += s.get(register)));
        return sum[0];
    }

    @Test
    void setsTheIdsOfNewServosOneByOne() throws Exception {
        ArmEmulator emulator = emulator(ArmEmulator.State.NEW);
        assertEquals(1, sinewArm("scan", "--port", emulator.path()));
        assertTrue(operator.all().contains("share an id: [1, 1, 1, 1, 1, 1]"), operator.all());
        emulator.servo("wrist_roll").put(Register.BAUD_RATE, 1);
        operator.answers = prompt -> {
            String joint = So101.JOINTS.stream().filter(prompt::contains).findFirst().orElseThrow();
            // once the operator forgets to unplug the others, all of which have id 1
            boolean careless = joint.equals("elbow_flex") && operator.said.stream().filter(prompt::equals).count() == 1;
            emulator.bus().plugIn(careless ? List.of("shoulder_pan", "elbow_flex") : List.of(joint));
            return "";
        };
        assertEquals(0, sinewArm("setup-ids", "--robot.port", emulator.path()), errors::toString);
        emulator.bus().plugIn(So101.JOINTS);
        for (int i = 0; i < 6; i++) {
            assertEquals(i + 1, emulator.servo(So101.JOINTS.get(i)).id());
        }
        assertEquals(0, emulator.servo("wrist_roll").get(Register.BAUD_RATE));
        assertTrue(operator.all().contains("There are 2 servos on the bus, with the ids [1, 1]"), operator.all());
        assertEquals(0, sinewArm("scan", "--port", emulator.path()));
        assertTrue(operator.all().contains("id 6   model 777   (STS3215) firmware 3.10  ok"), operator.all());
        emulator.bus().change(all -> all.forEach(EmulatedServo::powerCycle));
        assertEquals(6, emulator.servo("gripper").id(), "ids last over power-off");
    }

    @Test
    void calibratesAsLeRobotDoesThenRestsWithTheResult() throws Exception {
        ArmEmulator emulator = emulator(ArmEmulator.State.UNCALIBRATED);
        Path file = folder.resolve("black.json");
        calibrate(emulator, file);
        Calibration calibration = Calibration.read(file);
        Calibration.Motor pan = calibration.motor(0);
        assertEquals(-709, pan.homingOffset(), 2);
        assertEquals(2588, pan.span(), 4);
        assertEquals(List.of(), calibration.motors().values().stream().filter(m -> m.span() < 1800).toList());
        assertEquals(pan.rangeMin(), emulator.servo("shoulder_pan").get(Register.MIN_POSITION_LIMIT));
        assertTrue(operator.shown.getFirst().contains("joint"), "a live table");

        assertEquals(0, sinewArm("rest", "--robot.port", emulator.path(), "--robot.calibration", file.toString()),
                errors::toString);
        assertEquals(0, sum(emulator, Register.TORQUE_ENABLE));
        double elbow = emulator.servo("elbow_flex").position() - calibration.motor(2).rangeMin();
        assertEquals(0.96, elbow / calibration.motor(2).span(), 0.02);

        emulator.servo("gripper").put(Register.HOMING_OFFSET, 5);
        assertEquals(1, sinewArm("rest", "--robot.port", emulator.path(), "--robot.calibration", file.toString()));
        assertTrue(errors.toString().contains("gripper: file has offset") && errors.toString().contains("--apply"),
                errors.toString());
        assertEquals(0, sinewArm(
                "calibrate", "--port", emulator.path(), "--robot.calibration", file.toString(), "--apply"));
        assertEquals(calibration.motor(5).homingOffset(), emulator.servo("gripper").get(Register.HOMING_OFFSET));
    }

    private void calibrate(ArmEmulator emulator, Path file) {
        operator.answers = prompt -> "";
        long[] start = new long[1];
        operator.enter = () -> {
            long now = System.nanoTime();
            start[0] = start[0] == 0 ? now : start[0];
            double seconds = (now - start[0]) * 1e-9;
            emulator.bus().change(all -> all.forEach(s -> s.handFraction(seconds < 0.8 ? 0 : 1)));
            return seconds > 2.3;
        };
        assertEquals(0, sinewArm("calibrate", "--robot.port", emulator.path(), "--robot.calibration", file.toString()),
                errors::toString);
        assertTrue(operator.all().contains("Calibration saved to " + file), operator.all());
        emulator.bus().change(all -> all.forEach(EmulatedServo::letGo));
    }

    @Test
    void doesNotTakeAnArmForCalibratedThatNobodyMoved() throws Exception {
        ArmEmulator emulator = emulator(ArmEmulator.State.UNCALIBRATED);
        int[] presses = new int[1];
        operator.answers = prompt -> "";
        operator.enter = () -> {
            if (++presses[0] > 1) {
                emulator.bus().change(all -> all.forEach(s -> s.handFraction(presses[0] % 40 < 20 ? 0.3 : 0.7)));
            }
            return presses[0] == 1 || presses[0] > 80;
        };
        Path file = folder.resolve("x.json");
        assertEquals(0, sinewArm(
                "calibrate", "--port", emulator.path(), "--robot.calibration", file.toString(), "--full-turn-wrist"));
        assertTrue(operator.all().contains(
                "Not moved far enough: shoulder_pan, shoulder_lift, elbow_flex, wrist_flex, gripper"), operator.all());
        assertEquals(4095, Calibration.read(file).motor(So101.WRIST_ROLL).span());
    }

    @Test
    void anExistingCalibrationIsOfferedFirst() throws Exception {
        ArmEmulator emulator = emulator(ArmEmulator.State.CALIBRATED);
        Path file = folder.resolve("x.json");
        emulator.calibration().write(file);
        String before = Files.readString(file);
        emulator.servo("gripper").put(Register.MIN_POSITION_LIMIT, 0);
        operator.answers = prompt -> "";
        assertEquals(0, sinewArm("calibrate", "--port", emulator.path(), "--robot.calibration", file.toString()));
        assertEquals(before, Files.readString(file));
        assertEquals(emulator.calibration(), Calibration.read(file));
    }

    @Test
    void showsWhatTheServosMeasure() throws Exception {
        ArmEmulator emulator = emulator(ArmEmulator.State.CALIBRATED);
        assertEquals(0, sinewArm("status", "--port", emulator.path(), "--once"));
        assertTrue(operator.all().contains("shoulder_pan       2047        0     0.0    7.4     31       0  ok"),
                operator.all());
        assertEquals(1, sinewArm("status", "--port", emulator.path(), "--once", "--robot.id", "sinew-test-nobody"));
        assertTrue(errors.toString().contains("sinew-test-nobody.json"), errors.toString());
        emulator.servo("wrist_flex").overload();
        assertEquals(1, sinewArm("status", "--port", emulator.path(), "--once"));
        assertTrue(operator.all().contains("overload (relieve it"), operator.all());
        assertEquals(0, sum(emulator, Register.TORQUE_ENABLE), "looking changes nothing");
    }

    @Test
    void switchesTheTorque() throws Exception {
        ArmEmulator emulator = emulator(ArmEmulator.State.CALIBRATED);
        assertEquals(0, sinewArm("torque", "on", "--port", emulator.path()));
        assertEquals(6, sum(emulator, Register.TORQUE_ENABLE));
        assertEquals(0, sinewArm("torque", "off", "--port", emulator.path()));
        assertEquals(0, sum(emulator, Register.TORQUE_ENABLE));
        assertEquals(2, sinewArm("torque", "maybe", "--port", emulator.path()));
    }

    @Test
    void theFollowerFollowsTheLeader() throws Exception {
        ArmEmulator leader = emulator(ArmEmulator.State.CALIBRATED);
        ArmEmulator follower = emulator(ArmEmulator.State.CALIBRATED);
        Path file = folder.resolve("arm.json");
        leader.calibration().write(file);
        leader.bus().change(all -> all.forEach(s -> s.handFraction(0.7)));
        assertEquals(0, teleop(follower, leader, file, () -> false), errors::toString);
        for (String joint : So101.JOINTS) {
            assertEquals(leader.servo(joint).position(), follower.servo(joint).position(), 4, joint);
        }
        assertEquals(0, sum(leader, Register.TORQUE_ENABLE));
        assertEquals(6, sum(follower, Register.TORQUE_ENABLE), "it was told to hold");
        leader.bus().change(all -> all.forEach(s -> s.handFraction(0.2)));
        follower.servo("wrist_flex").overload();
        assertEquals(1, teleop(follower, leader, file, () -> false));
        assertTrue(errors.toString().contains("wrist_flex: overload"), errors.toString());
    }

    private int teleop(ArmEmulator follower, ArmEmulator leader, Path file, BooleanSupplier enter) {
        operator.enter = enter;
        return sinewArm("teleop", "--robot.port", follower.path(), "--robot.calibration", file.toString(),
                "--teleop.port", leader.path(),
                "--teleop.calibration", file.toString(), "--duration", "1.5", "--on-stop", "hold");
    }

    @Test
    void emulatesUnderANameThatStays() throws Exception {
        Path link = folder.resolve("arm");
        Path file = folder.resolve("c.json");
        List<Integer> exit = new ArrayList<>();
        Thread thread = Thread.ofPlatform().start(() -> exit.add(
                sinewArm("emulate", "--link", link.toString(), "--write-calibration", file.toString(), "--duration",
                "1.5")));
        for (int i = 0; i < 100 && !Files.exists(file); i++) {
            Thread.sleep(10);
        }
        FakeOperator other = new FakeOperator();
        assertEquals(0, ArmCommand.commandLine(other).execute("scan", "--port", link.toString()));
        assertEquals(6, other.said.size(), other.all());
        thread.join();
        assertEquals(List.of(0), exit);
        assertFalse(Files.isSymbolicLink(link), "the link goes with the emulator");
    }

    @Test
    void mistakesAreExplainedInOneLine() throws Exception {
        assertEquals(1, sinewArm("status", "--port", "/dev/ttyNOPE"));
        assertTrue(errors.toString().startsWith("sinew: /dev/ttyNOPE is not there"), errors.toString());
        assertEquals(2, sinewArm("rest", "--robot.port", "/dev/ttyNOPE"));
        assertTrue(errors.toString().contains("missing --robot.id"), errors.toString());
        assertEquals(2, sinewArm("rest", "--robot.type", "ur5"));
        assertTrue(errors.toString().contains("so101 or bi_so101, got ur5"), errors.toString());
        assertEquals(1, sinewArm(
                "rest", "--robot.port", "/dev/ttyNOPE", "--robot.calibration", folder.resolve("none.json").toString()));
        assertTrue(errors.toString().contains("none.json; make one with sinew arm calibrate"), errors.toString());
        assertEquals(2, sinewArm("scan"));
        assertFalse(errors.toString().contains("\tat "), errors.toString());
    }
}
