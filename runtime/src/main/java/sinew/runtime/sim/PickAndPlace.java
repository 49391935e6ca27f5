package sinew.runtime.sim;

import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// One arm's script: over the cube, down, close, up, and perhaps to another place and let go. Whatever goes wrong on
/// the way (the cube slips, rolls away or is missed) leads back to the approach.
final class PickAndPlace {
    private static final double DT = 1 / SimWorld.CONTROL_HZ;
    /// Between the pads of the hand, where a cube shall be: towards the moving jaw, and along the fingers.
    private static final double HAND_X = 0.0085;
    private static final double HAND_Z = -0.0930;
    private static final double OPEN = 0.52;
    /// Well beyond contact: the squeeze comes from here.
    private static final double SHUT = -0.12;
    /// How high to come, the highest within reach: near the base the arm cannot fold enough.
    private static final double[] HOVERS = {0.070, 0.064, 0.058, 0.053, 0.049, 0.046};
    private static final double GRASP_HEIGHT = 0.0150;
    private static final double CARRY_HEIGHT = 0.105;
    private static final double GRIP_SPEED = 4.0;
    private static final double ROLL_SPEED = 3.0;
    private static final double ACCELERATION = 2.2;
    private static final double CLOSE_ENOUGH = 0.004;
    /// How far off to the side the hand may come down, and how near to its goal it must be to close [m].
    private static final double ON_COURSE = 0.010;
    private static final double SETTLED = 0.006;
    /// To the side of its destination, and half as much above or below, a cube counts as placed [m]: stack's own test.
    private static final double PLACED = 0.02;
    private static final int CLOSING_STEPS = 16;
    private static final int DESCENT_STEPS = 24;
    /// Nearer than this the hand cannot be raised straight up [m from the base].
    private static final double FREE_REACH = 0.19;
    private static final double LEAN_STEP = 0.04;
    private static final int LEAN_STEPS = 15;

    private enum Phase {
        APPROACH, DESCEND, CLOSE, RAISE, CARRY, LOWER, RELEASE, RETREAT, DONE
    }

    private final SimWorld world;
    private final ArmBody arm;
    private final int cube;
    private final Supplier<double[]> destination;
    private final RandomGenerator random;

    private Phase phase = Phase.APPROACH;
    private int inPhase;
    private int lostFor;
    /// A turn of the wrist with which the fingers came down on the cube, or NaN.
    private double badRoll = Double.NaN;
    /// The commanded point between the pads, in the frame of the base; its speed; roll and gripper commands.
    private final double[] at;
    private double speed;
    private double roll;
    private double grip;
    private double[] lastAngles;
    /// Where the approach goes wrong on purpose, until close to the table.
    private final double[] detour = new double[3];
    private boolean detouring;

    /// @param destination centre of the cube when placed, world frame, or null to hold it up
    PickAndPlace(SimWorld world, ArmBody arm, int cube, Supplier<double[]> destination, RandomGenerator random) {
        this.world = world;
        this.arm = arm;
        this.cube = cube;
        this.destination = destination;
        this.random = random;
        lastAngles = arm.angles();
        roll = arm.angle(ArmKinematics.WRIST_ROLL);
        grip = arm.angle(ArmKinematics.GRIPPER);
        at = inBase(arm.links()[ArmKinematics.HAND].apply(HAND_X, 0, HAND_Z));
        planDetour();
    }

    private void planDetour() {
        double kind = random.nextDouble();
        detouring = kind < 0.5;
        if (!detouring) {
            return;
        }
        // A curved way for some, a plain miss that needs correcting for others.
        double size = kind < 0.25 ? 0.045 : 0.02;
        detour[0] = random.nextDouble(-size, size);
        detour[1] = random.nextDouble(-size, size);
        detour[2] = kind < 0.25 ? random.nextDouble(0, 0.04) : -random.nextDouble(0, 0.03);
    }

    /// Goes on with what somebody else began: no detour, and the phase that suits hand and cube as they are, so that
    /// like situations get like answers.
    void fromHere() {
        detouring = false;
        double[] c = inBase(world.cube(cube).apply(0, 0, 0));
        if (world.grasped(arm, cube)) {
            grip = SHUT;
            enter(beside(c) < ON_COURSE ? Phase.LOWER : Phase.RAISE);
            return;
        }
        if (beside(c) < PLACED && Math.abs(c[2] - inBase(destination.get())[2]) < PLACED / 2) {
            enter(Phase.RELEASE);
            return;
        }
        double above = at[2] - (c[2] - SimWorld.CUBE_HALF + GRASP_HEIGHT);
        boolean over = Math.hypot(c[0] - at[0], c[1] - at[1]) < ON_COURSE && Math.abs(roll - rollNear(c)) < 0.2
                && above > -SETTLED && above < HOVERS[0];
        if (over && grip > OPEN - 0.1) {
            enter(Phase.DESCEND);
        } else if (over && above < SETTLED) {
            enter(Phase.CLOSE);
        }
    }

    /// How far to the side of its destination the cube is [m]; infinitely far when it only has to be held up.
    private double beside(double[] c) {
        if (destination == null) {
            return Double.POSITIVE_INFINITY;
        }
        double[] to = inBase(destination.get());
        return Math.hypot(c[0] - to[0], c[1] - to[1]);
    }

    boolean finished() {
        return phase == Phase.DONE;
    }

    /// The next joint goals [6]. Without leave it stays where it is.
    double[] act(boolean mayMove) {
        if (!mayMove || phase == Phase.DONE) {
            return lastAngles.clone();
        }
        inPhase++;
        double[] c = inBase(world.cube(cube).apply(0, 0, 0));
        recover(c);
        switch (phase) {
            case APPROACH -> approach(c);
            case DESCEND -> descend(c);
            case CLOSE -> close();
            case RAISE -> raise();
            case CARRY -> carry(c);
            case LOWER -> lower(c);
            case RELEASE -> release();
            case RETREAT -> retreat();
            case DONE -> { }
        }
        solve();
        return lastAngles.clone();
    }

    /// Notices a lost cube and goes back for it.
    private void recover(double[] c) {
        boolean carrying = phase == Phase.RAISE || phase == Phase.CARRY || phase == Phase.LOWER;
        lostFor = carrying && !world.grasped(arm, cube) ? lostFor + 1 : 0;
        if (lostFor > 4) {
            enter(Phase.APPROACH);
        }
        if (phase == Phase.DESCEND && inPhase > DESCENT_STEPS) {
            badRoll = roll;
            enter(Phase.APPROACH);
        }
        if (phase == Phase.DESCEND && Math.hypot(c[0] - at[0], c[1] - at[1]) > ON_COURSE) {
            enter(Phase.APPROACH);
        }
    }

    private void approach(double[] c) {
        turnTo(c);
        grip = toward(grip, OPEN, GRIP_SPEED);
        double high = c[2] - SimWorld.CUBE_HALF + hover(c);
        double away = Math.hypot(c[0] - at[0], c[1] - at[1]);
        if (detouring) {
            double[] via = {c[0] + detour[0], c[1] + detour[1], high + detour[2]};
            if (go(via, 0.34) < 0.006) {
                detouring = false;
            }
            return;
        }
        // Far away it stays above everything, and comes down a little early when near.
        double left = go(new double[] {c[0], c[1], away > 0.02 ? Math.max(high, at[2]) : high}, 0.34);
        if (left < CLOSE_ENOUGH && settled(0.008) && Math.abs(roll - rollNear(c)) < 0.03) {
            enter(Phase.DESCEND);
        }
    }

    private void descend(double[] c) {
        turnTo(c);
        grip = toward(grip, OPEN, GRIP_SPEED);
        if (go(new double[] {c[0], c[1], c[2] - SimWorld.CUBE_HALF + GRASP_HEIGHT}, 0.20) < CLOSE_ENOUGH
                && settled(SETTLED)) {
            enter(Phase.CLOSE);
        }
    }

    private void close() {
        grip = toward(grip, SHUT, GRIP_SPEED);
        if (grip == SHUT && world.grasped(arm, cube)) {
            enter(Phase.RAISE);
        } else if (inPhase > CLOSING_STEPS) {
            enter(Phase.APPROACH);
        }
    }

    private void raise() {
        double reach = Math.hypot(at[0], at[1]), out = Math.max(1, FREE_REACH / reach);
        if (go(new double[] {at[0] * out, at[1] * out, CARRY_HEIGHT}, 0.25) < CLOSE_ENOUGH && destination != null) {
            enter(Phase.CARRY);
        }
    }

    private void carry(double[] c) {
        double[] to = inBase(destination.get());
        double left = go(new double[] {to[0] + at[0] - c[0], to[1] + at[1] - c[1], CARRY_HEIGHT}, 0.28);
        if (left < CLOSE_ENOUGH && settled(0.008) && beside(c) < CLOSE_ENOUGH) {
            enter(Phase.LOWER);
        }
    }

    private void lower(double[] c) {
        double[] to = inBase(destination.get());
        double below = c[2] - to[2] - 0.001;
        go(new double[] {to[0] + at[0] - c[0], to[1] + at[1] - c[1], at[2] - below}, 0.14);
        if (c[2] - to[2] < 0.003 || inPhase > 45) {
            enter(Phase.RELEASE);
        }
    }

    private void release() {
        grip = toward(grip, OPEN, 2.5);
        if (grip == OPEN && inPhase > 6) {
            enter(Phase.RETREAT);
        }
    }

    private void retreat() {
        if (go(new double[] {at[0], at[1], CARRY_HEIGHT + 0.02}, 0.25) < CLOSE_ENOUGH) {
            enter(Phase.DONE);
        }
    }

    private void enter(Phase next) {
        phase = next;
        inPhase = 0;
        lostFor = 0;
        speed = 0;
    }

    /// Turns the hand so that the pads meet two sides of the cube.
    private void turnTo(double[] c) {
        roll = toward(roll, rollNear(c), ROLL_SPEED);
    }

    /// Of the four ways to take a cube the one that turns the wrist least and keeps clear of the other cube.
    private double rollNear(double[] c) {
        Transform pose = world.cube(cube);
        double pan = -Math.atan2(c[1], c[0] - 0.0388353);
        double best = 0, bestCost = Double.MAX_VALUE;
        double yaw = levelYaw(pose) - Math.atan2(arm.base.yx(), arm.base.xx());
        for (int k = -2; k <= 2; k++) {
            double azimuth = yaw + k * Math.PI / 2;
            double candidate = Math.IEEEremainder(ArmKinematics.rollFor(pan, azimuth), 2 * Math.PI);
            if (candidate < ArmKinematics.lower(ArmKinematics.WRIST_ROLL) + 0.05
                    || candidate > ArmKinematics.upper(ArmKinematics.WRIST_ROLL) - 0.05) {
                continue;
            }
            // Slightly loath to change its mind.
            double cost = Math.abs(candidate) + 0.3 * Math.abs(candidate - roll) + crowding(c, azimuth)
                    + (Math.abs(candidate - badRoll) < 0.3 ? 3 : 0);
            if (cost < bestCost) {
                bestCost = cost;
                best = candidate;
            }
        }
        return best;
    }

    private double crowding(double[] c, double azimuth) {
        double cost = 0;
        for (int i = 0; i < world.cubeCount(); i++) {
            if (i == cube) {
                continue;
            }
            double[] other = inBase(world.cube(i).apply(0, 0, 0));
            double dx = other[0] - c[0], dy = other[1] - c[1];
            double along = dx * Math.cos(azimuth) + dy * Math.sin(azimuth);
            double across = Math.abs(-dx * Math.sin(azimuth) + dy * Math.cos(azimuth));
            // The moving jaw needs more room than the fixed one.
            if (across < 0.034 && along < 0.075 && along > -0.055) {
                cost += 6 * (1 + (0.034 - across) / 0.034);
            }
        }
        return cost;
    }

    /// The direction of one of the cube's level edges.
    private static double levelYaw(Transform pose) {
        double[][] axes = {{pose.xx(), pose.yx(), pose.zx()}, {pose.xy(), pose.yy(), pose.zy()}};
        double[] level = Math.abs(axes[0][2]) < 0.5 ? axes[0] : axes[1];
        return Math.atan2(level[1], level[0]);
    }

    private static double toward(double from, double to, double rate) {
        return from + Math.clamp(to - from, -rate * DT, rate * DT);
    }

    /// Moves the commanded point towards a target, smoothly; returns what is left [m].
    private double go(double[] to, double limit) {
        double dx = to[0] - at[0], dy = to[1] - at[1], dz = to[2] - at[2];
        double left = Math.sqrt(dx * dx + dy * dy + dz * dz);
        speed = Math.min(Math.min(limit, speed + ACCELERATION * DT), Math.sqrt(2 * ACCELERATION * left));
        double step = Math.min(left, Math.max(speed, 0.02) * DT);
        if (left > 1e-9) {
            at[0] += dx / left * step;
            at[1] += dy / left * step;
            at[2] += dz / left * step;
        }
        return left - step;
    }

    /// Whether the hand has come where it was sent.
    private boolean settled(double tolerance) {
        double[] hand = inBase(arm.links()[ArmKinematics.HAND].apply(HAND_X, 0, HAND_Z));
        double dx = hand[0] - at[0], dy = hand[1] - at[1], dz = hand[2] - at[2];
        return Math.sqrt(dx * dx + dy * dy + dz * dz) < tolerance;
    }

    private double hover(double[] c) {
        for (double high : HOVERS) {
            if (reach(new double[] {c[0], c[1], high + c[2] - SimWorld.CUBE_HALF}) != null) {
                return high;
            }
        }
        return HOVERS[HOVERS.length - 1];
    }

    private void solve() {
        double[] q = reach(at);
        if (q != null) {
            lastAngles = q;
        } else {
            lastAngles[ArmKinematics.GRIPPER] = grip;
        }
    }

    /// Joint angles for a place, with the fingers as near to straight down as it allows; null beyond reach.
    private double[] reach(double[] place) {
        for (int i = 0; i <= 2 * LEAN_STEPS; i++) {
            double lean = (i % 2 == 0 ? -1 : 1) * (i + 1) / 2 * LEAN_STEP;
            double[] q = ArmKinematics.inverse(place, Math.PI / 2 + lean, roll, grip, HAND_X, HAND_Z);
            if (q != null) {
                return q;
            }
        }
        return null;
    }

    private double[] inBase(double[] world) {
        return arm.base.inverse().apply(world[0], world[1], world[2]);
    }

    @Override
    public String toString() {
        return phase.name();
    }
}
