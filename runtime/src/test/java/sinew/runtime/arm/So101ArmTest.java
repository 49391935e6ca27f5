package sinew.runtime.arm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sinew.runtime.arm.emulator.ArmEmulator;
import sinew.runtime.arm.emulator.EmulatedServo;

/// A whole arm over a real pseudo-terminal.
class So101ArmTest {
    private ArmEmulator emulator;
    private So101Arm arm;

    @BeforeEach
    void start() throws Exception {
        emulator = ArmEmulator.start(ArmEmulator.State.CALIBRATED);
    }

    @AfterEach
    void end() {
        if (arm != null) {
            arm.close();
        }
        emulator.close();
    }

    private static ArmSettings settings(String port, SafetyLimits limits, OnStop onStop) {
        return new ArmSettings(
                "arm", port, ArmRole.FOLLOWER, CalibrationTest.example(), Units.RANGE_M100_100, limits, onStop);
    }

    private So101Arm connect(SafetyLimits limits, OnStop onStop) {
        arm = So101Arm.connect(settings(emulator.path(), limits, onStop));
        return arm;
    }

    private static float[] positions(RobotArm arm) {
        float[] positions = new float[arm.features().size()];
        arm.readPositions(positions);
        return positions;
    }

    /// Sends one wish at 50 Hz for a while; returns the last action applied.
    private static float[] drive(RobotArm arm, float[] wish, int ticks) throws Exception {
        float[] positions = new float[wish.length];
        float[] applied = new float[wish.length];
        for (int i = 0; i < ticks; i++) {
            arm.readPositions(positions);
            arm.writeGoals(wish, applied);
            Thread.sleep(20);
        }
        return applied;
    }

    private int torques() {
        int[] on = new int[1];
        emulator.bus().change(servos -> servos.forEach(s -> on[0] += s.get(Register.TORQUE_ENABLE)));
        return on[0];
    }

    @Test
    void configuresAsLeRobotDoes() {
        emulator.servo("wrist_roll").put(Register.PHASE, 12 | 0x10);
        connect(SafetyLimits.defaults(), OnStop.LIMP);
        EmulatedServo gripper = emulator.servo("gripper");
        EmulatedServo roll = emulator.servo("wrist_roll");
        assertEquals(12, roll.get(Register.PHASE));
        assertEquals(16, roll.get(Register.P_COEFFICIENT));
        assertEquals(1000, roll.get(Register.MAX_TORQUE_LIMIT));
        assertEquals(0, roll.get(Register.RETURN_DELAY_TIME));
        assertEquals(254, roll.get(Register.ACCELERATION));
        assertEquals(254, roll.get(Register.MAXIMUM_ACCELERATION));
        assertEquals(500, gripper.get(Register.MAX_TORQUE_LIMIT));
        assertEquals(250, gripper.get(Register.PROTECTION_CURRENT));
        assertEquals(25, gripper.get(Register.OVERLOAD_TORQUE));
        assertEquals(0, torques(), "connecting moves nothing");
    }

    @Test
    void torqueComesOnWithoutAJump() throws Exception {
        connect(SafetyLimits.defaults(), OnStop.LIMP);
        emulator.bus().change(servos -> servos.forEach(s -> {
            s.hand(2300);
            s.put(Register.GOAL_POSITION, 1500);
        }));
        Thread.sleep(300);
        float[] before = positions(arm);
        arm.enable();
        Thread.sleep(200);
        assertEquals(6, torques());
        assertArrayEquals(before, positions(arm), 0.2f);
    }

    @Test
    void movesToItsGoalAndSaysWhatWasSent() throws Exception {
        connect(SafetyLimits.defaults(), OnStop.LIMP).enable();
        float[] wish = {20, -15, 10, 5, -30, 98};
        float[] applied = drive(arm, wish, 60);
        assertArrayEquals(wish, applied);
        assertArrayEquals(wish, positions(arm), 0.3f);
        drive(arm, new float[] {20, -15, 10, 5, -30, 180}, 2);
        assertEquals("gripper: asked for 180.00, limited to 100.00 by its calibrated range",
                arm.takeNotices().getLast());
    }

    @Test
    void aMissingServoAForeignModelAndMixedFirmwareAreNamed() {
        emulator.servo("elbow_flex").put(Register.MODEL_NUMBER, 2825);
        emulator.servo("wrist_flex").put(Register.FIRMWARE_MINOR, 9);
        emulator.bus().plugIn(List.of("shoulder_pan", "elbow_flex", "wrist_flex", "wrist_roll", "gripper"));
        RobotException e = assertThrows(RobotException.class, () -> connect(SafetyLimits.defaults(), OnStop.LIMP));
        assertEquals(RobotException.Kind.SETUP, e.kind());
        assertTrue(e.getMessage().contains("shoulder_lift (id 2) does not answer") && e.getMessage().contains("2825")
                && e.getMessage().contains("3.9"), e.getMessage());
    }

    @Test
    void anArmCalibratedOtherwiseThanItsFileIsRefused() {
        emulator.servo("wrist_flex").put(Register.HOMING_OFFSET, -1);
        RobotException e = assertThrows(RobotException.class, () -> connect(SafetyLimits.defaults(), OnStop.LIMP));
        assertEquals(RobotException.Kind.CALIBRATION, e.kind());
        assertTrue(e.getMessage().contains("wrist_flex: file has offset -250")
                && e.getMessage().contains("servo has offset -1"),
                e.getMessage());
        assertTrue(!e.getMessage().contains("shoulder_pan"), e.getMessage());
    }

    @Test
    void aBrokenActionStopsTheArmBeforeTheBus() throws Exception {
        connect(SafetyLimits.defaults(), OnStop.LIMP).enable();
        drive(arm, new float[] {50, 0, 0, 0, 0, 50}, 10);
        float[] wish = {50, Float.POSITIVE_INFINITY, 0, 0, 0, 50};
        RobotException e = assertThrows(RobotException.class, () -> arm.writeGoals(wish, wish.clone()));
        assertEquals(RobotException.Kind.ACTION, e.kind());
        Thread.sleep(150);
        float stopped = positions(arm)[0];
        Thread.sleep(150);
        assertEquals(stopped, positions(arm)[0], 0.2, "it holds");
        assertTrue(stopped < 45, "and did not run on to its last goal, stands at " + stopped);
        float[] good = {50, 0, 0, 0, 0, 50};
        assertEquals(e, assertThrows(RobotException.class, () -> arm.writeGoals(good, good.clone())),
                "until it is enabled again");
        arm.enable();
        arm.writeGoals(good, good.clone());
    }

    @Test
    void aFaultOfAServoStopsTheArm() throws Exception {
        connect(SafetyLimits.defaults(), OnStop.LIMP).enable();
        emulator.servo("shoulder_lift").overload();
        RobotException e = assertThrows(RobotException.class, () -> drive(arm, new float[6], 10));
        assertEquals(RobotException.Kind.SERVO, e.kind());
        assertTrue(e.getMessage().contains("shoulder_lift: overload"), e.getMessage());
    }

    @Test
    void aGripperMaySqueezeUntilItTires() throws Exception {
        connect(SafetyLimits.defaults(), OnStop.LIMP).enable();
        emulator.servo("gripper").overload();
        drive(arm, new float[] {0, 0, 0, 0, 0, 10}, 10);
        assertTrue(arm.takeNotices().toString().contains("weakened its grip"));
    }

    @Test
    void heatAndASaggingSupplyStopTheArm() throws Exception {
        connect(SafetyLimits.defaults(), OnStop.LIMP).enable();
        emulator.servo("elbow_flex").forceTemperature(66);
        RobotException e = assertThrows(RobotException.class, () -> drive(arm, new float[6], 100));
        assertTrue(e.getMessage().contains("elbow_flex is at 66 C"), e.getMessage());
        HealthWatch watch = new HealthWatch(SafetyLimits.defaults());
        ServoReading[] good = new ServoReading[6];
        Arrays.fill(good, new ServoReading(0, 0, 0, 120, 30, 0, false, new ServoStatus(0)));
        ServoReading[] low = good.clone();
        low[2] = new ServoReading(0, 0, 0, 85, 30, 0, false, new ServoStatus(0));
        assertEquals(null, watch.check(good));
        assertEquals(null, watch.check(low), "a dip is no fault");
        assertEquals(null, watch.check(low));
        assertTrue(watch.check(low).contains("elbow_flex has 8.5 V, at first it had 12.0 V"));
    }

    @Test
    void aBlockedJointIsNoticed() throws Exception {
        connect(SafetyLimits.defaults().withStallMs(400), OnStop.LIMP).enable();
        emulator.servo("elbow_flex").obstacle(2000, 2100);
        RobotException e = assertThrows(RobotException.class, () -> drive(arm, new float[] {0, 0, 60, 0, 0, 50}, 100));
        assertEquals(RobotException.Kind.STALL, e.kind());
        assertTrue(e.getMessage().contains("elbow_flex stands"), e.getMessage());
        Thread.sleep(100);
        assertEquals(emulator.servo("elbow_flex").position(), emulator.servo("elbow_flex").get(Register.GOAL_POSITION),
                8,
                "it no longer pushes");
    }

    @Test
    void aSilentControlThreadMakesTheArmHold() throws Exception {
        connect(SafetyLimits.defaults().withWatchdogMs(200), OnStop.LIMP).enable();
        emulator.bus().change(servos -> servos.forEach(s -> s.put(Register.GOAL_VELOCITY, 300)));
        drive(arm, new float[] {20, 0, 0, 0, 0, 50}, 40);
        int goal = emulator.servo("shoulder_pan").get(Register.GOAL_POSITION);
        float[] wish = {80, 0, 0, 0, 0, 50};
        drive(arm, wish, 10);
        Thread.sleep(400);
        int held = emulator.servo("shoulder_pan").get(Register.GOAL_POSITION);
        assertTrue(held > goal && held < goal + 400, "from " + goal + " it holds at " + held);
        RobotException e = assertThrows(RobotException.class, () -> arm.writeGoals(wish, wish.clone()));
        assertEquals(RobotException.Kind.WATCHDOG, e.kind());
        arm.enable();
        for (int i = 0; i < 8; i++) {
            Thread.sleep(50);
            arm.keepAlive();
        }
        arm.writeGoals(wish, wish.clone());
    }

    @Test
    void stopsAsConfigured() throws Exception {
        connect(SafetyLimits.defaults(), OnStop.HOLD).enable();
        drive(arm, new float[] {10, 10, -10, 0, 0, 50}, 30);
        arm.close();
        assertEquals(6, torques(), "hold keeps the torque");
        connect(SafetyLimits.defaults(), OnStop.LIMP).enable();
        arm.close();
        assertEquals(0, torques());
        connect(SafetyLimits.defaults(), OnStop.REST).enable();
        arm.close();
        assertEquals(0, torques());
        Calibration.Motor elbow = CalibrationTest.example().motor(2);
        assertEquals(92, JointScale.of(2, elbow, Units.RANGE_M100_100).toUnits(emulator.servo("elbow_flex").position()),
                2);
    }

    @Test
    void stopFromAnotherThreadEndsTheMotion() throws Exception {
        connect(SafetyLimits.defaults(), OnStop.LIMP).enable();
        Thread.ofPlatform().start(() -> arm.stop(OnStop.LIMP)).join();
        RobotException e = assertThrows(RobotException.class, () -> arm.writeGoals(new float[6], new float[6]));
        assertTrue(e.getMessage().contains("is stopped"), e.getMessage());
        assertEquals(0, torques());
    }

    @Test
    void aPulledPlugIsAFaultWithAName() throws Exception {
        connect(SafetyLimits.defaults(), OnStop.LIMP).enable();
        emulator.close();
        RobotException e = assertThrows(RobotException.class, () -> drive(arm, new float[6], 5));
        assertEquals(RobotException.Kind.PORT, e.kind());
        assertThrows(RobotException.class, arm::close, "it cannot be let go, and says so");
    }

    @Test
    void twoArmsAreOneAndStopTogether() throws Exception {
        try (ArmEmulator other = ArmEmulator.start(ArmEmulator.State.CALIBRATED)) {
            BimanualArm both = BimanualArm.connect(
                    settings(emulator.path(), SafetyLimits.defaults(), OnStop.LIMP),
                    settings(other.path(), SafetyLimits.defaults(), OnStop.LIMP));
            assertEquals("left_shoulder_pan.pos", both.features().getFirst());
            assertEquals("right_gripper.pos", both.features().getLast());
            both.enable();
            float[] wish = {10, 0, 0, 0, 0, 50, -10, 0, 0, 0, 0, 20};
            drive(both, wish, 60);
            assertArrayEquals(wish, positions(both), 0.3f);
            other.servo("wrist_roll").overload();
            assertThrows(RobotException.class, () -> drive(both, wish, 10));
            RobotException e = assertThrows(RobotException.class, () -> drive(both, wish, 2));
            assertTrue(e.getMessage().contains("stop"), e.getMessage());
            both.close();
        }
    }
}
