package sinew.runtime.sim;

import org.ode4j.math.DMatrix3;
import org.ode4j.math.DMatrix3C;
import org.ode4j.math.DVector3C;
import org.ode4j.ode.DBody;
import org.ode4j.ode.DBox;
import org.ode4j.ode.DGeom;
import org.ode4j.ode.DHingeJoint;
import org.ode4j.ode.DMass;
import org.ode4j.ode.DSpace;
import org.ode4j.ode.DWorld;
import org.ode4j.ode.OdeHelper;

/// One arm in the physical world.
///
/// The five body joints follow their goals as geared servos do: speed and acceleration are limited and they arrive with
/// a lag; what they touch does not push them back, but they stop rather than press into the table or crush a cube.
/// The moving jaw is a rigid body on a hinge whose motor has little torque, so its grip is a matter of contact
/// and friction alone.
final class ArmBody {
    /// What a servo of 12 V reaches without load is about 4.7 rad/s.
    private static final double MAX_SPEED = 4.0;
    private static final double MAX_ACCELERATION = 45;
    /// Time constant with which a servo approaches its goal [s].
    private static final double LAG = 0.045;
    /// About 8 N between the pads: LeRobot limits the gripper's torque to protect it from burning out.
    private static final double JAW_TORQUE = 0.6;
    private static final double JAW_SPEED = 5.0;
    private static final double JAW_MASS = 0.012;
    /// Nothing of the hand comes closer to the table than this [m].
    private static final double TABLE_CLEARANCE = 0.001;
    /// More than this on one cube and the arm goes no further into it [N].
    private static final double CRUSH_FORCE = 30;

    // Pads and palm as boxes: centre and half size in the frame of their link.
    private static final double PAD_HALF_WIDTH = 0.008;
    private static final double FIXED_PAD_TILT = Math.atan2(0.0054, 0.05);
    private static final double[] JAW_BOX_CENTRE = {-0.0062, -0.0535, 0.0189};
    private static final double[] JAW_BOX_HALF = {0.004, 0.0285, PAD_HALF_WIDTH};
    private static final double[] PALM_CENTRE = {-0.002, -0.002, -0.022};
    private static final double[] PALM_HALF = {0.031, 0.022, 0.02};

    /// Points of the hand and of the jaw that would meet the table first.
    private static final double[][] HAND_FEET = {
        {-0.0080, 0.006, -0.1044}, {-0.0080, -0.006, -0.1044}, {-0.0160, 0.006, -0.1044}, {-0.0160, -0.006, -0.1044},
        {-0.034, 0.022, -0.045}, {-0.034, -0.022, -0.045}, {0.030, 0.022, -0.040}, {0.030, -0.022, -0.040}
    };
    private static final double[][] JAW_FEET = {
        {-0.010, -0.082, 0.013}, {-0.010, -0.082, 0.025}, {-0.002, -0.082, 0.013}, {-0.002, -0.082, 0.025}
    };
    private static final double[][] WRIST_FEET = {{0, -0.0626, 0.0533}, {0, -0.0626, 0.0079}, {0, 0.012, 0.03}};

    final Transform base;
    private final double[] q = new double[ArmKinematics.JOINTS];
    private final double[] speed = new double[ArmKinematics.JOINTS];
    private final double[] goal = new double[ArmKinematics.JOINTS];
    private final double[] candidate = new double[ArmKinematics.JOINTS];
    private Transform[] links;

    private final DBody hand;
    private final DBody jaw;
    private final DHingeJoint hinge;
    private final DBox fixedPad;
    private final DBox palm;
    private final DBox jawPad;

    /// The hardest push on a cube in the last substep: force [N], where (in the hand's frame) and the direction into
    /// it.
    private double pushForce;
    private final double[] pushPoint = new double[3];
    private final double[] pushDirection = new double[3];

    ArmBody(DWorld world, DSpace space, Transform base, double[] start) {
        this.base = base;
        for (int j = 0; j < ArmKinematics.JOINTS; j++) {
            q[j] = ArmKinematics.clamp(j, start[j]);
            goal[j] = q[j];
        }
        links = ArmKinematics.forward(base, q);

        hand = OdeHelper.createBody(world);
        hand.setKinematic();
        place(hand, links[ArmKinematics.HAND]);
        fixedPad = OdeHelper.createBox(space, 0.008, 2 * PAD_HALF_WIDTH, 0.056);
        fixedPad.setBody(hand);
        // The inner face runs through (-0.0106, -0.079) of the hand's x, z plane.
        double sin = Math.sin(FIXED_PAD_TILT), cos = Math.cos(FIXED_PAD_TILT);
        fixedPad.setOffsetPosition(-0.0106 - 0.004 * cos, 0, -0.0765 - 0.004 * sin);
        fixedPad.setOffsetRotation(matrix(Transform.of(0, 0, 0, 0, -FIXED_PAD_TILT, 0)));
        palm = OdeHelper.createBox(space, 2 * PALM_HALF[0], 2 * PALM_HALF[1], 2 * PALM_HALF[2]);
        palm.setBody(hand);
        palm.setOffsetPosition(PALM_CENTRE[0], PALM_CENTRE[1], PALM_CENTRE[2]);

        jaw = OdeHelper.createBody(world);
        DMass mass = OdeHelper.createMass();
        mass.setBoxTotal(JAW_MASS, 0.02, 0.09, 0.03);
        jaw.setMass(mass);
        jaw.setGravityMode(false);
        place(jaw, links[ArmKinematics.JAW]);
        jawPad = OdeHelper.createBox(space, 2 * JAW_BOX_HALF[0], 2 * JAW_BOX_HALF[1], 2 * JAW_BOX_HALF[2]);
        jawPad.setBody(jaw);
        jawPad.setOffsetPosition(JAW_BOX_CENTRE[0], JAW_BOX_CENTRE[1], JAW_BOX_CENTRE[2]);

        Transform pivot = links[ArmKinematics.JAW];
        hinge = OdeHelper.createHingeJoint(world);
        hinge.attach(jaw, hand);
        hinge.setAnchor(pivot.x(), pivot.y(), pivot.z());
        hinge.setAxis(pivot.xz(), pivot.yz(), pivot.zz());
        hinge.setParamFMax(JAW_TORQUE);
    }

    /// Sets where the servos shall go, radians [6].
    void command(double[] angles) {
        for (int j = 0; j < ArmKinematics.JOINTS; j++) {
            goal[j] = ArmKinematics.clamp(j, angles[j]);
        }
    }

    /// Moves the servos on by dt and gives the bodies the velocities that take them there.
    void beforeStep(double dt) {
        System.arraycopy(q, 0, candidate, 0, q.length);
        double lowest = lowestPoint(links);
        for (int j = 0; j < ArmKinematics.GRIPPER; j++) {
            speed[j] = servoSpeed(j, dt, MAX_SPEED);
            candidate[j] = ArmKinematics.clamp(j, q[j] + speed[j] * dt);
            if (candidate[j] != q[j] && mayNotMove(lowest)) {
                candidate[j] = q[j];
                speed[j] = 0;
            }
        }
        speed[ArmKinematics.GRIPPER] = servoSpeed(ArmKinematics.GRIPPER, dt, JAW_SPEED);
        hinge.setParamVel(speed[ArmKinematics.GRIPPER]);

        Transform from = links[ArmKinematics.HAND];
        System.arraycopy(candidate, 0, q, 0, ArmKinematics.GRIPPER);
        links = ArmKinematics.forward(base, q);
        Transform to = links[ArmKinematics.HAND];
        place(hand, from);
        hand.setLinearVel((to.x() - from.x()) / dt, (to.y() - from.y()) / dt, (to.z() - from.z()) / dt);
        Transform turn = to.times(from.inverse());
        hand.setAngularVel(
                (turn.zy() - turn.yz()) / (2 * dt),
                (turn.xz() - turn.zx()) / (2 * dt),
                (turn.yx() - turn.xy()) / (2 * dt));
        pushForce = 0;
    }

    /// Reads back where the jaw came to rest against whatever it holds.
    void afterStep() {
        place(hand, links[ArmKinematics.HAND]);
        DMatrix3C r = jaw.getRotation();
        Transform jawPose = new Transform(
                r.get00(), r.get01(), r.get02(), r.get10(), r.get11(), r.get12(), r.get20(), r.get21(), r.get22(),
                0, 0, 0);
        Transform turned = links[ArmKinematics.HAND].times(ArmKinematics.jawMount()).inverse().times(jawPose);
        q[ArmKinematics.GRIPPER] = Math.atan2(turned.yx(), turned.xx());
        links = ArmKinematics.forward(base, q);
    }

    private double servoSpeed(int joint, double dt, double limit) {
        double wanted = Math.clamp((goal[joint] - q[joint]) / LAG, -limit, limit);
        double change = MAX_ACCELERATION * dt;
        return speed[joint] + Math.clamp(wanted - speed[joint], -change, change);
    }

    /// Whether the candidate angles press on: lower into the table, or deeper into a cube that cannot give way.
    private boolean mayNotMove(double lowest) {
        Transform[] moved = ArmKinematics.forward(base, candidate);
        double low = lowestPoint(moved);
        if (low < TABLE_CLEARANCE && low < lowest) {
            return true;
        }
        if (pushForce < CRUSH_FORCE) {
            return false;
        }
        Transform now = links[ArmKinematics.HAND], then = moved[ArmKinematics.HAND];
        double[] a = now.apply(pushPoint[0], pushPoint[1], pushPoint[2]);
        double[] b = then.apply(pushPoint[0], pushPoint[1], pushPoint[2]);
        double into = 0;
        for (int i = 0; i < 3; i++) {
            into += (b[i] - a[i]) * pushDirection[i];
        }
        return into > 0;
    }

    private static double lowestPoint(Transform[] links) {
        double low = lowest(links[ArmKinematics.HAND], HAND_FEET, Double.MAX_VALUE);
        low = lowest(links[ArmKinematics.JAW], JAW_FEET, low);
        return lowest(links[ArmKinematics.WRIST], WRIST_FEET, low);
    }

    private static double lowest(Transform pose, double[][] feet, double low) {
        for (double[] p : feet) {
            low = Math.min(low, pose.applyZ(p[0], p[1], p[2]));
        }
        return low;
    }

    /// Notes a push of the hand on a cube.
    ///
    /// @param force on the cube, world frame [N]
    void noticePush(double fx, double fy, double fz, DVector3C at) {
        double size = Math.sqrt(fx * fx + fy * fy + fz * fz);
        if (size <= pushForce) {
            return;
        }
        pushForce = size;
        Transform world = links[ArmKinematics.HAND].inverse();
        double[] p = world.apply(at.get0(), at.get1(), at.get2());
        System.arraycopy(p, 0, pushPoint, 0, 3);
        pushDirection[0] = fx / size;
        pushDirection[1] = fy / size;
        pushDirection[2] = fz / size;
    }

    /// The direction in which the fixed pad presses when the jaw closes, in the world: the hand's x axis.
    double closing(double fx, double fy, double fz) {
        Transform h = links[ArmKinematics.HAND];
        return h.xx() * fx + h.yx() * fy + h.zx() * fz;
    }

    boolean isFixedPad(DGeom geom) {
        return geom == fixedPad;
    }

    boolean isJawPad(DGeom geom) {
        return geom == jawPad;
    }

    boolean owns(DGeom geom) {
        return geom == fixedPad || geom == jawPad || geom == palm;
    }

    double angle(int joint) {
        return q[joint];
    }

    double[] angles() {
        return q.clone();
    }

    /// Poses of the links in the world.
    Transform[] links() {
        return links;
    }

    private static void place(DBody body, Transform pose) {
        body.setPosition(pose.x(), pose.y(), pose.z());
        body.setRotation(matrix(pose));
    }

    static DMatrix3 matrix(Transform t) {
        return new DMatrix3(t.xx(), t.xy(), t.xz(), t.yx(), t.yy(), t.yz(), t.zx(), t.zy(), t.zz());
    }
}
