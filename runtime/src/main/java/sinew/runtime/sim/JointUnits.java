package sinew.runtime.sim;

/// Joint angles as a calibrated arm reports them: LeRobot's RANGE_M100_100 for the five body joints and RANGE_0_100
/// for the gripper, read off a 12-bit encoder, so that values lie on the grid of its steps.
///
/// The simulated arm is calibrated from limit to limit of the URDF; there the recorded real data agree best.
final class JointUnits {
    private static final int STEPS_PER_TURN = 4096;
    private static final int MIDDLE = 2047;

    private JointUnits() {}

    /// The calibrated range of a joint in encoder steps.
    static int span(int joint) {
        return (int) Math.round((ArmKinematics.upper(joint) - ArmKinematics.lower(joint)) * STEPS_PER_TURN
                / (2 * Math.PI));
    }

    private static int rangeMin(int joint) {
        return MIDDLE - span(joint) / 2;
    }

    /// What the arm reports for a joint angle [rad].
    static float toUnits(int joint, double angle) {
        int min = rangeMin(joint), span = span(joint);
        double fraction = (angle - ArmKinematics.lower(joint))
                / (ArmKinematics.upper(joint) - ArmKinematics.lower(joint));
        long step = Math.clamp(Math.round(min + fraction * span), min, min + span);
        double part = (double) (step - min) / span;
        return (float) (joint == ArmKinematics.GRIPPER ? part * 100 : part * 200 - 100);
    }

    /// The same without the encoder's grid.
    static float toUnitsExact(int joint, double angle) {
        double part = (angle - ArmKinematics.lower(joint)) / (ArmKinematics.upper(joint) - ArmKinematics.lower(joint));
        return (float) (joint == ArmKinematics.GRIPPER ? part * 100 : part * 200 - 100);
    }

    /// The goal that the servo takes from a commanded value: clamped, then truncated to a step.
    static double toAngle(int joint, float units) {
        int min = rangeMin(joint), span = span(joint);
        double part = joint == ArmKinematics.GRIPPER
                ? Math.clamp(units, 0f, 100f) / 100.0
                : (Math.clamp(units, -100f, 100f) + 100.0) / 200.0;
        int step = (int) (part * span + min);
        return angleOfStep(joint, step - min, span);
    }

    private static double angleOfStep(int joint, int step, int span) {
        return ArmKinematics.lower(joint) + (double) step / span
                * (ArmKinematics.upper(joint) - ArmKinematics.lower(joint));
    }

    /// A command as the servo understands it, in units again.
    static float applied(int joint, float units) {
        return toUnitsExact(joint, toAngle(joint, units));
    }
}
