package sinew.runtime.env;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import sinew.engine.policy.Image;
import sinew.runtime.arm.RobotArm;
import sinew.runtime.arm.RobotException;
import sinew.runtime.camera.Camera;
import sinew.runtime.camera.CameraException;

/// The real world: an SO-101, or two, and its cameras. A step sends the action, waits for the next tick and looks.
///
/// Any fault has stopped the arm before the exception leaves, and so have deadlines that are missed again and again.
public final class So101Env implements Env {
    /// How the environment is used.
    ///
    /// @param task       which arms and cameras there are
    /// @param fps        control rate
    /// @param maxSteps   an episode's length; 0 for until somebody stops it
    /// @param maxFrameMs pictures older than this stop the arm
    /// @param maxWaitMs  a policy that thinks longer than this stops the arm
    /// @param maxMissed  so many missed deadlines within a second stop the arm; 0 for never
    public record Options(EnvTask task, double fps, int maxSteps, int maxFrameMs, int maxWaitMs, int maxMissed) {
        public Options(EnvTask task, double fps, int maxSteps, int maxFrameMs, int maxWaitMs) {
            this(task, fps, maxSteps, maxFrameMs, maxWaitMs, 0);
        }

        public Options {
            if (maxMissed < 0) {
                throw new IllegalArgumentException("--robot.max-missed must be 0 (never) or more, got " + maxMissed);
            }
            if (!(fps >= 1 && fps <= 200) || maxSteps < 0 || maxFrameMs < 1 || maxWaitMs < 1) {
                throw new IllegalArgumentException(
                        "a real arm wants 1 to 200 control steps per second, episodes of 0 steps (no end) or more, and"
                        + " limits of 1 ms or more for pictures and predictions, got " + fps + ", " + maxSteps + ", "
                        + maxFrameMs + ", " + maxWaitMs);
            }
        }
    }

    private final RobotArm arm;
    private final Map<String, Camera> cameras;
    private final Options options;
    private final Consumer<String> notices;
    private final float[] positions; // [A]
    private final float[] applied; // [A]
    private final float[][] states; // [arms][6]
    private final EnvObservation observation;
    private final Pacer pacer;
    private final MissedDeadlines deadlines;
    private final Map<String, Long> losses = new HashMap<>(); // of pictures, by camera, as far as told
    private int step;
    private long lookedNanos;
    private boolean waited; // for the policy, since the last step
    private boolean blind; // between episodes, and told

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
        pacer = new Pacer(options.fps());
        deadlines = new MissedDeadlines((int) Math.max(10, Math.ceil(options.fps())), options.maxMissed());
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
        waited = false;
        pacer.restart();
        deadlines.restart();
        return look();
    }

    /// Between episodes a camera may be gone for a while.
    @Override
    public EnvObservation observe() {
        arm.keepAlive();
        feel();
        try {
            see();
            blind = false;
        } catch (CameraException e) {
            if (!blind) {
                notices.accept(e.getMessage());
            }
            blind = true;
        }
        return observation;
    }

    @Override
    public EnvStep step(float[] action) {
        keepDeadline();
        arm.writeGoals(action, applied);
        step++;
        pacer.await();
        look();
        arm.takeNotices().forEach(notices);
        return new EnvStep(observation, applied, null, options.maxSteps() > 0 && step >= options.maxSteps(), null);
    }

    /// The arm's watchdog need not bite while the policy thinks; but a policy that never comes back must not be waited
    /// for.
    @Override
    public void idle() {
        waited = true;
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

    @Override
    public long periodNanos() {
        return pacer.periodNanos();
    }

    @Override
    public Ticks ticks() {
        return pacer.ticks();
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

    /// A step that begins a whole period late has missed its deadline, unless the policy was waited for. An arm whose
    /// actions come late again and again does not do what the policy meant.
    private void keepDeadline() {
        long lateness = pacer.begin();
        boolean missed = lateness > pacer.periodNanos() && !waited;
        waited = false;
        if (!deadlines.add(missed)) {
            return;
        }
        RobotException late = new RobotException(RobotException.Kind.WATCHDOG, String.format(Locale.ROOT,
                "the arm was stopped: %d of the last %d control steps began more than a whole step of %.1f ms late"
                + " (this one %.0f ms). Is the machine overloaded, or a camera or the bus slow? A lower --env.fps needs"
                + " less; --robot.max-missed allows more",
                deadlines.missed(), deadlines.steps(), pacer.periodNanos() * 1e-6, lateness * 1e-6));
        leave(false, late); // whoever cannot keep the tick must not fold the arm
        throw late;
    }

    private EnvObservation look() {
        feel();
        try {
            see();
        } catch (CameraException e) {
            leave(false, e); // nobody moves an arm without looking
            throw e;
        }
        lookedNanos = System.nanoTime();
        return observation;
    }

    private void feel() {
        arm.readPositions(positions);
        for (int i = 0; i < states.length; i++) {
            System.arraycopy(positions, i * EnvTask.ARM_JOINTS, states[i], 0, EnvTask.ARM_JOINTS);
        }
    }

    private void see() {
        for (String name : options.task().cameras()) {
            Camera camera = cameras.get(name);
            camera.look(observation.images().get(name).rgb(), options.maxFrameMs() * 1_000_000L);
            tellLosses(name, camera.losses());
        }
    }

    private void tellLosses(String camera, long now) {
        if (losses.getOrDefault(camera, 0L) != now) {
            losses.put(camera, now);
            notices.accept("Camera " + camera + " was gone and has been opened again; check its cable.");
        }
    }

    private void leave(boolean mayMove, RuntimeException e) {
        try {
            arm.leave(mayMove);
        } catch (RobotException second) {
            e.addSuppressed(second);
        }
    }
}
