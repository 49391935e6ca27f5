package sinew.runtime.arm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Watches servos for heat, a sagging supply, overload and joints that do not move.
final class HealthWatch {
    private static final int VOLTAGE_PATIENCE = 3; // readings; a supply dips when motors start
    private static final int WARM_BELOW_LIMIT = 10; // degrees Celsius
    private static final int STALL_MOVEMENT = 8; // steps

    private final SafetyLimits limits;
    private final double[] firstVoltage = new double[So101.COUNT];
    private final int[] lowVoltage = new int[So101.COUNT];
    private final boolean[] warned = new boolean[So101.COUNT];
    private boolean gripperWarned;
    private final int[] stallPosition = new int[So101.COUNT];
    private final long[] stallSince = new long[So101.COUNT];
    private final List<String> notices = new ArrayList<>();

    HealthWatch(SafetyLimits limits) {
        this.limits = limits;
    }

    /// Looks at full readings; returns what is wrong, or null.
    String check(ServoReading[] readings) {
        for (int i = 0; i < So101.COUNT; i++) {
            ServoReading r = readings[i];
            String joint = So101.JOINTS.get(i);
            if (r.temperature() >= limits.maxTemperature()) {
                return joint + " is at " + r.temperature() + " C, the limit is " + limits.maxTemperature()
                        + " C: let it cool";
            }
            if (r.temperature() >= limits.maxTemperature() - WARM_BELOW_LIMIT && !warned[i]) {
                warned[i] = true;
                notices.add(joint + " is warm: " + r.temperature() + " C, motion stops at " + limits.maxTemperature()
                        + " C");
            }
            if (firstVoltage[i] == 0) {
                firstVoltage[i] = r.voltage();
            }
            boolean low = r.voltage() < firstVoltage[i] * (1 - limits.maxVoltageDrop());
            lowVoltage[i] = low || r.status().has(ServoStatus.VOLTAGE) ? lowVoltage[i] + 1 : 0;
            if (lowVoltage[i] >= VOLTAGE_PATIENCE) {
                return joint + " has " + r.voltage() / 10.0 + " V, at first it had " + firstVoltage[i] / 10
                        + " V: check the power supply and its plug";
            }
            String fault = checkStatus(i, r.status());
            if (fault != null) {
                return fault;
            }
        }
        return null;
    }

    /// Looks at the error bits of any answer; returns what is wrong, or null.
    String checkStatus(int joint, ServoStatus status) {
        int bits = status.bits() & ServoStatus.FAULTS & ~ServoStatus.VOLTAGE;
        if (bits == 0) {
            return null;
        }
        if (joint == So101.GRIPPER && bits == ServoStatus.OVERLOAD) {
            if (!gripperWarned) {
                gripperWarned = true;
                notices.add("gripper: overload; its servo has weakened its grip by itself");
            }
            return null;
        }
        return So101.JOINTS.get(joint) + ": " + new ServoStatus(bits).describe();
    }

    /// Looks for joints that stand still far from their goals; returns what is wrong, or null.
    String checkStall(int[] positions, int[] goals, long nanos) {
        if (limits.stallMs() == 0) {
            return null;
        }
        for (int i = 0; i < So101.GRIPPER; i++) {
            boolean moved = Math.abs(positions[i] - stallPosition[i]) > STALL_MOVEMENT;
            boolean there = Math.abs(positions[i] - goals[i]) < limits.stallSteps();
            if (moved || there || stallSince[i] == 0) {
                stallPosition[i] = positions[i];
                stallSince[i] = nanos;
            } else if (nanos - stallSince[i] > limits.stallMs() * 1_000_000L) {
                return So101.JOINTS.get(i) + " stands " + Math.abs(positions[i] - goals[i])
                        + " steps from its goal and has not moved for "
                        + limits.stallMs() + " ms: is something in its way?";
            }
        }
        return null;
    }

    /// Forgets how long joints have stood still.
    void restart() {
        Arrays.fill(stallSince, 0);
    }

    List<String> takeNotices() {
        List<String> taken = List.copyOf(notices);
        notices.clear();
        return taken;
    }
}
