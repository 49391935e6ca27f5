package sinew.runtime.arm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class GoalGateTest {
    private static final long TICK = 33_333_333L;
    private static final Calibration CALIBRATION = CalibrationTest.example();

    private final int[] goals = new int[6];
    private final float[] applied = new float[6];

    private static JointScale[] scales(Units units) {
        JointScale[] scales = new JointScale[6];
        for (int i = 0; i < 6; i++) {
            scales[i] = JointScale.of(i, CALIBRATION.motor(i), units);
        }
        return scales;
    }

    private static GoalGate gate(SafetyLimits limits, int[] present) {
        GoalGate gate = new GoalGate(scales(Units.RANGE_M100_100), limits);
        gate.restart(present, 0);
        return gate;
    }

    private static int[] middle() {
        return new int[] {2047, 2047, 2047, 2047, 2047, 2047};
    }

    @Test
    void aHarmlessWishPassesUnchanged() {
        GoalGate gate = gate(SafetyLimits.defaults(), middle());
        float[] wish = {0.5f, -0.5f, 0.25f, 0, 0.1f, 50.1f};
        gate.pass(wish, middle(), TICK, goals, applied);
        assertArrayEquals(wish, applied);
        assertEquals(2053, goals[0]);
        assertEquals(List.of(), gate.takeNotices());
    }

    @Test
    void goalsStartSlowly() {
        GoalGate gate = gate(SafetyLimits.defaults(), middle());
        float[] wish = {30, 0, 0, 0, 0, 50};
        gate.pass(wish, middle(), TICK, goals, applied);
        assertTrue(goals[0] > 2047 && goals[0] <= 2047 + 3400 * 0.1 / 30 + 1, "first goal " + goals[0]);
        assertEquals(List.of(), gate.takeNotices(), "as is to be expected");
        gate.pass(new float[] {-30, 0, 0, 0, 0, 50}, middle(), 60 * TICK, goals, applied);
        assertEquals(1, gate.takeNotices().size());
        assertEquals(List.of(), gate.takeNotices(), "each thing is said once");
    }

    @Test
    void aGoalNeverLeavesTheCalibratedRange() {
        int[] present = middle();
        present[0] = 3330;
        GoalGate gate = gate(SafetyLimits.defaults(), present);
        for (int tick = 1; tick < 100; tick++) {
            gate.pass(new float[] {500, 0, 0, 0, 0, 50}, present, tick * TICK, goals, applied);
        }
        assertEquals(3341, goals[0]);
        assertEquals(100f, applied[0]);
    }

    @Test
    void maxRelativeTargetCountsFromThePresentPosition() {
        GoalGate gate = gate(SafetyLimits.defaults().withMaxRelativeTarget(5), middle());
        float[] wish = {50, 0, 0, 0, 0, 50};
        for (int tick = 1; tick < 100; tick++) {
            gate.pass(wish, middle(), tick * TICK, goals, applied);
        }
        double present = scales(Units.RANGE_M100_100)[0].toUnits(2047);
        assertEquals(present + 5, applied[0], 1e-3);
        assertThrows(IllegalArgumentException.class,
                () -> SafetyLimits.defaults().withMaxRelativeTarget(Map.of("elbow", 3.0)));
        assertThrows(IllegalArgumentException.class, () -> SafetyLimits.defaults().withMaxRelativeTarget(0));
    }

    @Test
    void whatIsNoNumberIsNotSent() {
        GoalGate gate = gate(SafetyLimits.defaults(), middle());
        RobotException e = assertThrows(RobotException.class,
                () -> gate.pass(new float[] {0, 0, Float.NaN, 0, 0, 0}, middle(), TICK, goals, applied));
        assertEquals(RobotException.Kind.ACTION, e.kind());
        assertTrue(e.getMessage().contains("elbow_flex"), e.getMessage());
        assertArrayEquals(new int[6], goals);
    }

    /// Whatever is wished, wherever the arm is: in the calibrated range, and never faster than allowed.
    @Property(tries = 300)
    void everyGoalIsSafe(
            @ForAll @Size(40) List<@FloatRange(min = -1e6f, max = 1e6f) Float> wishes,
            @ForAll @IntRange(min = 0, max = 4095) int start,
            @ForAll Units units) {
        int[] present = middle();
        present[1] = start;
        GoalGate gate = new GoalGate(scales(units), SafetyLimits.defaults().withMaxSpeed(900));
        gate.restart(present, 0);
        Calibration.Motor motor = CALIBRATION.motor(1);
        int last = Math.clamp(start, motor.rangeMin(), motor.rangeMax());
        for (int i = 0; i < wishes.size(); i++) {
            gate.pass(new float[] {0, wishes.get(i), 0, 0, 0, 50}, present, (i + 1) * TICK, goals, applied);
            assertTrue(goals[1] >= motor.rangeMin() && goals[1] <= motor.rangeMax(), "goal " + goals[1]);
            assertTrue(Math.abs(goals[1] - last) <= 900 / 30 + 1, "from " + last + " to " + goals[1] + " in one tick");
            assertEquals(scales(units)[1].toUnits(goals[1]), applied[1], 0.1, "what is reported is what was sent");
            last = goals[1];
        }
    }
}
