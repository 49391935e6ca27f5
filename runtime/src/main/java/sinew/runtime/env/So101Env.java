package sinew.runtime.env;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import sinew.engine.policy.Image;
import sinew.runtime.arm.RobotArm;
import sinew.runtime.arm.RobotException;
import sinew.runtime.camera.Camera;
import sinew.runtime.camera.CameraException;

/// The real world: an SO-101, or two, and its cameras. A step sends the action, waits for the next tick and looks.
///
/// Ticks are counted from the reset, so that a late one does not delay those after it; after a long pause (the policy
/// was thinking) the count starts anew. Any fault has stopped the arm before the exception leaves.
public final class So101Env implements Env {
    /// How the environment is used.
    ///
    /// @param task       which arms and cameras there are
    /// @param fps        control rate
    /// @param maxSteps   an episode's length; 0 for until somebody stops it
    /// @param maxFrameMs pictures older than this stop the arm
    /// @param maxWaitMs  a policy that thinks longer than this stops the arm
    public record Options(EnvTask task, double fps, int maxSteps, int maxFrameMs, int maxWaitMs) {
        public Options {
            if (!(fps >= 1 && fps <= 200) || maxSteps < 0 || maxFrameMs < 1 || maxWaitMs < 1) {
                throw new IllegalArgumentException(
                        "a real arm wants 1 to 200 control steps per second, episodes of 0 steps (no end) or more, and"
                        + " limits of 1 ms or more for pictures and predictions, got " + fps + ", " + maxSteps + ", "
                        + maxFrameMs + ", " + maxWaitMs);
            }
        }
    }

    /// How the tick was kept since the reset.
    ///
    /// @param ticks    steps taken
    /// @param late     that began more than half a period after their time
    /// @param worstMs  the latest of them
    /// @param meanMs   lateness on average, pauses left out
    /// @param pauses   times that no action came for more than two periods: the arm stood at its last goal
    /// @param pausedMs in them, altogether
    public record Ticks(long ticks, long late, double worstMs, double meanMs, long pauses, double pausedMs) {}

    private final RobotArm arm;
    private final Map<String, Camera> cameras;
    private final Options options;
    private final Consumer<String> notices;
    private final long periodNanos;
    private final float[] positions; // [A]
    private final float[] applied; // [A]
    private final float[][] states; // [arms][6]
    private final EnvObservation observation;
    private int step;
    private long due;
    private long lookedNanos;
    private long ticks;
    private long late;
    private long worstNanos;
    private long totalNanos;
    private long pauses;
    private long pausedNanos;

    /// Takes over arm and cameras: [#close] closes them.
    ///
    /// @param cameras by name; must be those of the task
    /// @param notices gets what was limited or looks worrying, in words
    public So101Env(RobotArm arm, Map<String, Camera> cameras, Options options, Consumer<String> notices) {
        EnvTask task = options.task();
        if (arm.features().size() != task.actionDim()) {
            throw new IllegalArgumentException("task " + task.id() + " moves " + task.actionDim()
                    + " joints, the robot has "
                    + arm.features().size() + " (--robot.type so101 has 6, bi_so101 has 12)");
        }
        if (!cameras.keySet().equals(Set.copyOf(task.cameras()))) {
            throw new IllegalArgumentException("task " + task.id() + " needs the cameras " + task.cameras()
                    + ", there are "
                    + cameras.keySet() + " (--robot.cameras)");
        }
        this.arm = arm;
        this.cameras = cameras;
        this.options = options;
        this.notices = notices;
        periodNanos = (long) (1e9 / options.fps());
        positions = new float[task.actionDim()];
        applied = new float[task.actionDim()];
        states = new float[task.arms().size()][EnvTask.ARM_JOINTS];
        Map<String, float[]> byArm = new LinkedHashMap<>();
        for (int i = 0; i < states.length; i++) {
            byArm.put(task.arms().get(i), states[i]);
        }
        Map<String, Image> byCamera = new LinkedHashMap<>();
        for (String name : task.cameras()) {
            int width = cameras.get(name).settings().width();
            int height = cameras.get(name).settings().height();
            byCamera.put(name, new Image(height, width, new byte[width * height * 3]));
        }
        observation = new EnvObservation(byArm, byCamera, task.prompt());
    }

    /// Brings the torque on where the arm is, and looks.
    @Override
    public EnvObservation reset() {
        arm.enable();
        step = 0;
        ticks = 0;
        late = 0;
        worstNanos = 0;
        totalNanos = 0;
        pauses = 0;
        pausedNanos = 0;
        due = System.nanoTime();
        return look();
    }

    @Override
    public EnvObservation observe() {
        arm.keepAlive();
        return look();
    }

    @Override
    public EnvStep step(float[] action) {
        keepTime();
        arm.writeGoals(action, applied);
        step++;
        waitUntil(due);
        look();
        arm.takeNotices().forEach(notices);
        return new EnvStep(observation, applied, null, options.maxSteps() > 0 && step >= options.maxSteps(), null);
    }

    /// The arm's watchdog need not bite while the policy thinks; but a policy that never comes back must not be waited
    /// for.
    @Override
    public void idle() {
        long waitedMs = (System.nanoTime() - lookedNanos) / 1_000_000;
        if (waitedMs <= options.maxWaitMs()) {
            arm.keepAlive();
            return;
        }
        RobotException lost = new RobotException(RobotException.Kind.WATCHDOG, "the policy server has not answered for "
                + waitedMs + " ms, so the arm was stopped; is the server overloaded or gone? --robot.max-wait allows"
                + " more");
        leave(true, lost);
        throw lost;
    }

    /// Leaves the arm as configured, and tells what it still had to say.
    @Override
    public void pause() {
        try {
            arm.leave(true);
        } finally {
            arm.takeNotices().forEach(notices);
        }
    }

    public Ticks ticks() {
        double mean = ticks == pauses ? 0 : totalNanos * 1e-6 / (ticks - pauses);
        return new Ticks(ticks, late, worstNanos * 1e-6, mean, pauses, pausedNanos * 1e-6);
    }

    @Override
    public void close() {
        List<RuntimeException> problems = new ArrayList<>();
        try {
            arm.close();
        } catch (RobotException e) {
            problems.add(e);
        }
        cameras.values().forEach(Camera::close);
        if (!problems.isEmpty()) {
            throw problems.getFirst();
        }
    }

    private void keepTime() {
        long now = System.nanoTime();
        long lateness = now - due;
        if (lateness > 2 * periodNanos) {
            due = now;
            pauses++;
            pausedNanos += lateness;
        } else {
            totalNanos += Math.max(0, lateness);
            worstNanos = Math.max(worstNanos, lateness);
            late += lateness > periodNanos / 2 ? 1 : 0;
        }
        ticks++;
        due += periodNanos;
    }

    private EnvObservation look() {
        arm.readPositions(positions);
        for (int i = 0; i < states.length; i++) {
            System.arraycopy(positions, i * EnvTask.ARM_JOINTS, states[i], 0, EnvTask.ARM_JOINTS);
        }
        try {
            for (String name : options.task().cameras()) {
                cameras.get(name).look(observation.images().get(name).rgb(), options.maxFrameMs() * 1_000_000L);
            }
        } catch (CameraException e) {
            leave(false, e); // nobody moves an arm without looking
            throw e;
        }
        lookedNanos = System.nanoTime();
        return observation;
    }

    private void leave(boolean mayMove, RuntimeException e) {
        try {
            arm.leave(mayMove);
        } catch (RobotException second) {
            e.addSuppressed(second);
        }
    }

    private static void waitUntil(long deadline) {
        for (long left = deadline - System.nanoTime(); left > 0; left = deadline - System.nanoTime()) {
            LockSupport.parkNanos(left); // may return early, e.g. when the operator presses Stop
        }
    }
}
