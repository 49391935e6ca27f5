package sinew.runtime.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import sinew.engine.policy.Image;
import sinew.runtime.env.Env;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvStep;
import sinew.runtime.env.Pacer;
import sinew.runtime.env.Ticks;

/// One or two simulated SO-101 arms over a table with cubes, seen by the cameras `front` and `wrist` (`left_wrist` and
/// `right_wrist` with two arms), 640x480. States and actions are joint positions in RANGE_M100_100 (gripper 0..100),
/// [6] per arm, left arm first.
///
/// The same options and actions give the same observations, byte for byte. Belongs to one thread.
public final class SimEnv implements Env {
    /// Size of all pictures.
    public static final int HEIGHT = Camera.HEIGHT;
    public static final int WIDTH = Camera.WIDTH;

    private static final int JOINTS = ArmKinematics.JOINTS;
    private static final double[] START = {0, 0, 0, Math.PI / 2, 0, 0};
    private static final double START_NOISE = 0.02;
    /// Half a second at the control rate.
    private static final int HOLD_STEPS = 15;

    private final SimOptions options;
    private final Pacer pacer;
    private long nextSeed;
    private SimWorld world;
    private SceneRenderer renderer;
    private EnvObservation seen;
    private int steps;
    private int heldFor;
    private int firstSuccess;

    public SimEnv(SimOptions options) {
        this.options = options;
        pacer = new Pacer(options.paced() ? SimWorld.CONTROL_HZ : 0);
        nextSeed = options.seed();
    }

    @Override
    public EnvObservation reset() {
        return reset(nextSeed);
    }

    /// Starts the episode of a certain seed; the next [#reset()] goes on with the seed after it.
    public EnvObservation reset(long seed) {
        if (world != null) {
            world.close();
        }
        nextSeed = seed + 1;
        SplittableRandom random = new SplittableRandom(seed);
        world = new SimWorld();
        for (Transform base : options.task().bases()) {
            double[] q = new double[JOINTS];
            for (int j = 0; j < JOINTS; j++) {
                q[j] = START[j] + START_NOISE * random.nextGaussian();
            }
            world.addArm(base, q);
        }
        options.task().place(world, random);
        if (options.images() && (renderer == null || options.vary())) {
            renderer = new SceneRenderer(options.task(), options.vary() ? Variation.of(seed) : Variation.none());
        }
        steps = 0;
        heldFor = 0;
        firstSuccess = -1;
        pacer.restart();
        seen = look();
        return seen;
    }

    @Override
    public EnvStep step(float[] action) {
        if (world == null) {
            throw new IllegalStateException("step before reset");
        }
        check(action);
        pacer.begin();
        float[] applied = new float[action.length];
        for (int a = 0; a < options.task().arms(); a++) {
            double[] goal = new double[JOINTS];
            for (int j = 0; j < JOINTS; j++) {
                goal[j] = JointUnits.toAngle(j, action[a * JOINTS + j]);
                applied[a * JOINTS + j] = JointUnits.applied(j, action[a * JOINTS + j]);
            }
            world.arms().get(a).command(goal);
        }
        world.advance();
        steps++;
        boolean success = options.task().succeeded(world);
        heldFor = success ? heldFor + 1 : 0;
        if (success && firstSuccess < 0) {
            firstSuccess = steps;
        }
        pacer.await();
        boolean done = verdict().held() || steps >= options.maxSteps();
        seen = look();
        return new EnvStep(seen, applied, null, done, done ? success : null);
    }

    private void check(float[] action) {
        int expected = options.task().arms() * JOINTS;
        if (action.length != expected) {
            throw new IllegalArgumentException("task " + options.task().label() + " takes actions of " + expected
                    + " values (6 joints of " + options.task().arms() + " arm(s)), got " + action.length);
        }
        for (int i = 0; i < action.length; i++) {
            if (!Float.isFinite(action[i])) {
                throw new IllegalArgumentException("action[" + i + "] is " + action[i] + ": "
                        + Arrays.toString(action));
            }
        }
    }

    @Override
    public long periodNanos() {
        return pacer.periodNanos();
    }

    @Override
    public Ticks ticks() {
        return pacer.ticks();
    }

    /// What became of the episode so far.
    public SimVerdict verdict() {
        boolean success = heldFor > 0;
        boolean held = options.task() == SimTask.LIFT ? heldFor >= HOLD_STEPS : success;
        return new SimVerdict(success, held, steps, firstSuccess);
    }

    public SimTask task() {
        return options.task();
    }

    /// What a camera cannot tell exactly, for training an encoder: in the base's frame of the last arm the first cube's
    /// centre (3), cosine and sine of four times its turn, the tool (3), and the cube in the hand's frame (3); [11],
    /// metres.
    public float[] truth() {
        ArmBody arm = world.arms().get(world.arms().size() - 1);
        Transform cube = arm.base.inverse().times(world.cube(0));
        Transform tool = arm.base.inverse().times(ArmKinematics.tool(arm.links()[ArmKinematics.HAND]));
        Transform held = arm.links()[ArmKinematics.HAND].inverse().times(world.cube(0));
        double turn = 4 * Math.atan2(cube.yx(), cube.xx());
        double[] all = {cube.x(), cube.y(), cube.z(), Math.cos(turn), Math.sin(turn), tool.x(), tool.y(), tool.z(),
            held.x(), held.y(), held.z()};
        float[] out = new float[all.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) all[i];
        }
        return out;
    }

    /// An expert for the episode that has just been reset; it sees the true places of the cubes.
    public ScriptedExpert expert(long seed) {
        return new ScriptedExpert(options.task(), world, new SplittableRandom(seed));
    }

    /// An expert that takes over in the middle of an episode, from whatever has come of it.
    ///
    /// @param seed of its own randomness
    public ScriptedExpert expertFromHere(long seed) {
        return expert(seed).fromHere();
    }

    SimWorld world() {
        return world;
    }

    @Override
    public EnvObservation observe() {
        return seen;
    }

    private EnvObservation look() {
        Map<String, float[]> states = new LinkedHashMap<>();
        Map<String, Image> images = new LinkedHashMap<>();
        boolean two = options.task().arms() == 2;
        if (options.images()) {
            renderer.prepare(scene());
            images.put("front", renderer.front());
        }
        for (int a = 0; a < options.task().arms(); a++) {
            String side = two ? a == 0 ? "left_" : "right_" : "";
            states.put(side + "arm", state(a));
            if (options.images()) {
                images.put(side + "wrist", renderer.wrist(a));
            }
        }
        return new EnvObservation(states, images, options.task().prompt());
    }

    private float[] state(int arm) {
        float[] state = new float[JOINTS];
        for (int j = 0; j < JOINTS; j++) {
            state[j] = JointUnits.toUnits(j, world.arms().get(arm).angle(j));
        }
        return state;
    }

    private Scene scene() {
        List<Transform[]> arms = new ArrayList<>();
        for (ArmBody arm : world.arms()) {
            arms.add(arm.links());
        }
        List<Transform> cubes = new ArrayList<>();
        for (int i = 0; i < world.cubeCount(); i++) {
            cubes.add(world.cube(i));
        }
        return new Scene(arms, cubes);
    }

    @Override
    public void close() {
        if (world != null) {
            world.close();
            world = null;
        }
    }
}
