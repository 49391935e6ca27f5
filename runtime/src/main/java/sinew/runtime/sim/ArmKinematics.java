package sinew.runtime.sim;

/// Geometry of the SO-101 arm with its joint zeros at the middle of each range: the chain of the SO-ARM100 project's
/// "new calibration" URDF, forward and inverse. Frames, axes and signs as there: base x forward, y left, z up.
/// Metres and radians; joint vectors are q = (pan, lift, elbow, wrist flex, wrist roll, gripper).
final class ArmKinematics {
    static final int JOINTS = 6;
    static final int PAN = 0;
    static final int LIFT = 1;
    static final int ELBOW = 2;
    static final int WRIST_FLEX = 3;
    static final int WRIST_ROLL = 4;
    static final int GRIPPER = 5;

    /// Indices into what [#forward] returns.
    static final int BASE = 0;
    static final int SHOULDER = 1;
    static final int UPPER_ARM = 2;
    static final int LOWER_ARM = 3;
    static final int WRIST = 4;
    static final int HAND = 5;
    static final int JAW = 6;
    static final int LINKS = 7;

    private static final double[] LOWER = {-1.91986, -1.74533, -1.69, -1.65806, -2.74385, -0.174533};
    private static final double[] UPPER = {1.91986, 1.74533, 1.69, 1.65806, 2.84121, 1.74533};

    private static final double HALF_TURN = Math.PI;
    private static final double QUARTER = Math.PI / 2;
    /// The hand is mounted this much off square about its own axis.
    private static final double ROLL_MOUNTING = 0.0486795;

    private static final Transform[] MOUNTS = {
        Transform.of(0.0388353, 0, 0.0624, HALF_TURN, 0, -HALF_TURN),
        Transform.of(-0.0303992, -0.0182778, -0.0542, -QUARTER, -QUARTER, 0),
        Transform.of(-0.11257, -0.028, 0, 0, 0, QUARTER),
        Transform.of(-0.1349, 0.0052, 0, 0, 0, -QUARTER),
        Transform.of(0, -0.0611, 0.0181, QUARTER, ROLL_MOUNTING, HALF_TURN),
        Transform.of(0.0202, 0.0188, -0.0234, QUARTER, 0, 0)
    };
    private static final Transform TOOL_MOUNT = Transform.of(-0.0079, -0.000218121, -0.0981274, 0, HALF_TURN, 0);

    // The arm's plane at q = 0, seen from the left: r forward from the pan axis, z up.
    private static final double PAN_AXIS_X = 0.0388353;
    private static final double SHOULDER_R = 0.0303992;
    private static final double SHOULDER_Z = 0.1166;
    private static final double UPPER_LENGTH = Math.hypot(0.028, 0.11257);
    private static final double UPPER_ANGLE = Math.atan2(0.11257, 0.028);
    private static final double FORE_LENGTH = Math.hypot(0.1349, 0.0052);
    private static final double FORE_ANGLE = Math.atan2(0.0052, 0.1349);
    /// What the side offsets of the pitch joints and of the wrist leave over.
    private static final double SIDE_OFFSET = 0.0181 - 0.0182778;
    private static final double WRIST_TO_ROLL = 0.0611;

    private ArmKinematics() {}

    static double lower(int joint) {
        return LOWER[joint];
    }

    static double upper(int joint) {
        return UPPER[joint];
    }

    static double clamp(int joint, double angle) {
        return Math.clamp(angle, LOWER[joint], UPPER[joint]);
    }

    /// Poses of the seven links in the frame of `base`, for joint angles q [6].
    static Transform[] forward(Transform base, double[] q) {
        Transform[] links = new Transform[LINKS];
        links[BASE] = base;
        for (int j = 0; j < JOINTS; j++) {
            links[j + 1] = links[j].times(MOUNTS[j]).times(Transform.rotationZ(q[j]));
        }
        return links;
    }

    /// The tool frame between the finger tips: z along the fingers.
    static Transform tool(Transform hand) {
        return hand.times(TOOL_MOUNT);
    }

    /// Where the fixed jaw ends and the hinge of the moving jaw, in the hand's frame.
    static Transform jawMount() {
        return MOUNTS[GRIPPER];
    }

    /// Angles that bring a point of the hand to a place.
    ///
    /// @param target  where, in the frame of the base [3]
    /// @param pitch   how far the fingers point below the horizon; pi/2 is straight down
    /// @param roll    wrist roll joint angle
    /// @param grip    gripper joint angle, copied through
    /// @param handX   the point in the hand's frame, off its axis towards the moving jaw
    /// @param handZ   the point in the hand's frame along its axis; finger tips are at about -0.1
    /// @return q [6] within the joint limits, or null when it is out of reach
    static double[] inverse(double[] target, double pitch, double roll, double grip, double handX, double handZ) {
        double turn = roll - ROLL_MOUNTING;
        double up = handX * Math.cos(turn);
        double left = handX * Math.sin(turn) + SIDE_OFFSET;
        double along = WRIST_TO_ROLL - handZ;
        double dx = target[0] - PAN_AXIS_X, dy = target[1];
        double distance = Math.hypot(dx, dy);
        if (distance < Math.abs(left) + 1e-9) {
            return null;
        }
        double heading = Math.atan2(dy, dx) - Math.asin(left / distance);
        double reach = Math.sqrt(distance * distance - left * left);
        double cos = Math.cos(pitch), sin = Math.sin(pitch);
        double wristR = reach - (along * cos + up * sin) - SHOULDER_R;
        double wristZ = target[2] - (-along * sin + up * cos) - SHOULDER_Z;

        double square = wristR * wristR + wristZ * wristZ;
        double bend = (square - UPPER_LENGTH * UPPER_LENGTH - FORE_LENGTH * FORE_LENGTH)
                / (2 * UPPER_LENGTH * FORE_LENGTH);
        if (bend < -1 || bend > 1) {
            return null;
        }
        // The elbow points up: the forearm turns down from the upper arm's direction.
        double turnDown = Math.acos(bend);
        double upper = Math.atan2(wristZ, wristR)
                + Math.atan2(FORE_LENGTH * Math.sin(turnDown), UPPER_LENGTH + FORE_LENGTH * Math.cos(turnDown));
        double lift = UPPER_ANGLE - upper;
        double elbow = turnDown - (UPPER_ANGLE - FORE_ANGLE);
        double[] q = {-heading, lift, elbow, pitch - lift - elbow, roll, grip};
        return withinLimits(q) ? q : null;
    }

    /// The direction in which the moving jaw lies from the fixed one, about the vertical, with the fingers straight
    /// down.
    static double closingAzimuth(double pan, double roll) {
        return roll - ROLL_MOUNTING - pan;
    }

    /// The roll that gives the above.
    static double rollFor(double pan, double azimuth) {
        return azimuth + pan + ROLL_MOUNTING;
    }

    static boolean withinLimits(double[] q) {
        for (int j = 0; j < JOINTS; j++) {
            if (!(q[j] >= LOWER[j] && q[j] <= UPPER[j])) {
                return false;
            }
        }
        return true;
    }
}
