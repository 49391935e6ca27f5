package sinew.runtime.arm;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Turns wishes into goals that are safe to send. Allocates nothing while nothing is limited.
final class GoalGate {
    private static final double RAMP_START = 0.1;
    private static final double TOLERANCE = 1e-4; // LeRobot's: smaller changes are not worth a word
    private static final double LONGEST_TICK_SECONDS = 0.1;
    private static final double TOP_SPEED = 3400; // steps/s
    private static final int NOTICES = 50;

    /// Why a goal is not what was wished.
    private enum Limit {
        RANGE("its calibrated range"),
        RELATIVE("max_relative_target"),
        REACH("what the servo can reach"),
        SPEED("the speed limit");

        final String words;

        Limit(String words) {
            this.words = words;
        }
    }

    private final JointScale[] scales;
    private final SafetyLimits limits;
    private final double[] lastGoal = new double[So101.COUNT];
    private final boolean[][] noticed = new boolean[So101.COUNT][Limit.values().length];
    private final List<String> notices = new ArrayList<>();
    private long rampStart;
    private boolean ramping;
    private long lastNanos;

    GoalGate(JointScale[] scales, SafetyLimits limits) {
        this.scales = scales;
        this.limits = limits;
    }

    /// Torque comes on: goals start from the present position, slowly.
    void restart(int[] present, long nanos) {
        for (int i = 0; i < So101.COUNT; i++) {
            lastGoal[i] = present[i];
        }
        rampStart = nanos;
        lastNanos = nanos;
    }

    /// @param action  wishes in units, [6]
    /// @param present steps, [6]
    /// @param goals   receives the steps to send, [6]
    /// @param applied receives what they are in units, [6]
    /// @throws RobotException when a wish is no number
    void pass(float[] action, int[] present, long nanos, int[] goals, float[] applied) {
        for (int i = 0; i < So101.COUNT; i++) {
            if (!Float.isFinite(action[i])) {
                throw new RobotException(
                        RobotException.Kind.ACTION, "the action for " + So101.JOINTS.get(i) + " is " + action[i]
                        + "; nothing was sent. The policy or its normalisation is broken (sinew doctor looks into it)");
            }
        }
        double seconds = Math.clamp((nanos - lastNanos) * 1e-9, 0, LONGEST_TICK_SECONDS);
        double ramp = limits.rampSeconds() == 0 ? 1
                : Math.clamp((nanos - rampStart) * 1e-9 / limits.rampSeconds(), RAMP_START, 1);
        ramping = ramp < 1;
        double travel = limits.maxSpeed() * ramp * seconds;
        lastNanos = nanos;
        for (int i = 0; i < So101.COUNT; i++) {
            JointScale scale = scales[i];
            double wish = scale.toSteps(action[i]);
            double goal = limit(i, Limit.RANGE, action[i], wish, scale.min(), scale.max());
            double relative = limits.maxRelativeTarget()[i] * scale.stepsPerUnit();
            goal = limit(i, Limit.RELATIVE, action[i], goal, present[i] - relative, present[i] + relative);
            double reach = TOP_SPEED * limits.reachSeconds();
            goal = limit(i, Limit.REACH, action[i], goal, present[i] - reach, present[i] + reach);
            goal = limit(i, Limit.SPEED, action[i], goal, lastGoal[i] - travel, lastGoal[i] + travel);
            // The limits around the present position may lie outside the range when a hand has pushed the joint there.
            goal = Math.clamp(goal, scale.min(), scale.max());
            lastGoal[i] = goal;
            goals[i] = (int) goal;
            double moved = Math.abs(scale.toUnits(goal) - action[i]);
            applied[i] = moved <= TOLERANCE ? action[i] : (float) scale.toUnits(goal);
        }
    }

    private double limit(int joint, Limit why, float wish, double goal, double low, double high) {
        if (goal >= low && goal <= high && !(why == Limit.RANGE && outside(joint, wish))) {
            return goal;
        }
        double limited = Math.clamp(goal, low, high);
        boolean expected = why == Limit.SPEED && ramping;
        if (!expected && !noticed[joint][why.ordinal()] && notices.size() < NOTICES) {
            noticed[joint][why.ordinal()] = true;
            notices.add(String.format(Locale.ROOT, "%s: asked for %.2f, limited to %.2f by %s",
                    So101.JOINTS.get(joint), wish, scales[joint].toUnits(limited), why.words));
        }
        return limited;
    }

    /// In the range units the scale itself clamps, so that a wish outside shows only in the wish.
    private boolean outside(int joint, float wish) {
        return Math.abs(scales[joint].toUnits(scales[joint].toSteps(wish)) - wish) > TOLERANCE;
    }

    /// What was limited for the first time since the last call.
    List<String> takeNotices() {
        if (notices.isEmpty()) {
            return List.of();
        }
        List<String> taken = List.copyOf(notices);
        notices.clear();
        return taken;
    }
}
