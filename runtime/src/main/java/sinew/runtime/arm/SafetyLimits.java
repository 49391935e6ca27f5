package sinew.runtime.arm;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What an arm may do at most. The calibrated range always holds; the rest can be chosen.
///
/// @param maxRelativeTarget how far from its present position a joint may be told to go, per action, in its units, [6];
///                          infinite for no limit. LeRobot's `max_relative_target`
/// @param maxSpeed          how fast goals may wander, steps/s
/// @param rampSeconds       after torque comes on, goals start at a tenth of that speed and reach it after this time
/// @param reachSeconds      a goal is at most as far from the present position as a servo turns in this time
/// @param maxTemperature    degrees Celsius at which motion stops
/// @param maxVoltageDrop    fraction of the supply's first voltage by which it may fall
/// @param stallSteps        a joint this far from its goal
/// @param stallMs           that has not moved for this long is stalled; 0 never. The gripper may stall: it squeezes
/// @param watchdogMs        after this long without a sign of life from the control thread the arm holds; 0 never
public record SafetyLimits(
        double[] maxRelativeTarget,
        double maxSpeed,
        double rampSeconds,
        double reachSeconds,
        int maxTemperature,
        double maxVoltageDrop,
        int stallSteps,
        int stallMs,
        int watchdogMs) {

    private static final int TOP_SPEED = 3400;

    public SafetyLimits {
        if (maxRelativeTarget.length != So101.COUNT || Arrays.stream(maxRelativeTarget).anyMatch(m -> !(m > 0))) {
            throw new IllegalArgumentException("max_relative_target is a positive number, or one per joint, got "
                    + Arrays.toString(maxRelativeTarget));
        }
        if (!(maxSpeed > 0) || !(rampSeconds >= 0) || !(reachSeconds > 0) || maxTemperature < 20
                || !(maxVoltageDrop > 0)
                || stallSteps < 1 || stallMs < 0 || watchdogMs < 0) {
            throw new IllegalArgumentException("a safety limit makes no sense");
        }
    }

    public static SafetyLimits defaults() {
        double[] none = new double[So101.COUNT];
        Arrays.fill(none, Double.POSITIVE_INFINITY);
        return new SafetyLimits(none, TOP_SPEED, 1.0, 0.25, 65, 0.25, 150, 1500, 1000);
    }

    /// One limit for all joints.
    public SafetyLimits withMaxRelativeTarget(double limit) {
        double[] all = new double[So101.COUNT];
        Arrays.fill(all, limit);
        return withMaxRelativeTarget(all);
    }

    /// One limit for each joint by name; all six must be there.
    public SafetyLimits withMaxRelativeTarget(Map<String, Double> limits) {
        if (!limits.keySet().equals(Set.copyOf(So101.JOINTS))) {
            throw new IllegalArgumentException("max_relative_target must name the joints " + So101.JOINTS + ", got "
                    + List.copyOf(limits.keySet()));
        }
        return withMaxRelativeTarget(So101.JOINTS.stream().mapToDouble(limits::get).toArray());
    }

    private SafetyLimits withMaxRelativeTarget(double[] limits) {
        return new SafetyLimits(limits, maxSpeed, rampSeconds, reachSeconds, maxTemperature, maxVoltageDrop, stallSteps,
                stallMs, watchdogMs);
    }

    public SafetyLimits withMaxSpeed(double stepsPerSecond) {
        return new SafetyLimits(
                maxRelativeTarget, stepsPerSecond, rampSeconds, reachSeconds, maxTemperature, maxVoltageDrop,
                stallSteps, stallMs, watchdogMs);
    }

    public SafetyLimits withWatchdogMs(int ms) {
        return new SafetyLimits(
                maxRelativeTarget, maxSpeed, rampSeconds, reachSeconds, maxTemperature, maxVoltageDrop, stallSteps,
                stallMs, ms);
    }

    public SafetyLimits withStallMs(int ms) {
        return new SafetyLimits(
                maxRelativeTarget, maxSpeed, rampSeconds, reachSeconds, maxTemperature, maxVoltageDrop, stallSteps, ms,
                watchdogMs);
    }
}
