package sinew.runtime.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import sinew.engine.policy.VisionSpec.Size;
import sinew.runtime.arm.RobotArm;
import sinew.runtime.arm.Units;
import sinew.runtime.camera.Camera;
import sinew.runtime.camera.CameraSettings;
import sinew.runtime.checks.Body;
import sinew.runtime.checks.Checks;
import sinew.runtime.checks.Finding;
import sinew.runtime.checks.PolicyFacts;
import sinew.runtime.dataset.LeRobotDataset;
import sinew.runtime.dataset.ReplayEnv;
import sinew.runtime.env.Env;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvTask;
import sinew.runtime.env.FakeEnv;
import sinew.runtime.env.So101Env;
import sinew.runtime.sim.SimEnv;
import sinew.runtime.sim.SimOptions;
import sinew.runtime.sim.SimTask;

/// Which environment a run drives, before it is opened.
sealed interface World {
    /// Length of the actions that it takes.
    int actionDim();

    /// The task, or null when the world is of the user's own.
    EnvTask task();

    /// Opens it; the caller closes it.
    ///
    /// @param notice hears what the operator should know
    Env open(Consumer<String> notice) throws IOException;

    /// What there is for a policy to see and to move.
    Body body();

    /// Whether the user wants to run a policy of other units.
    default boolean allowUnitMismatch() {
        return false;
    }

    /// Looks around before anything moves, where that says something.
    ///
    /// @param env that was opened from this
    default List<Finding> look(Env env, PolicyFacts policy) {
        return List.of();
    }

    /// The random environment.
    ///
    /// @param fps  control rate; 0 for as fast as it goes
    /// @param seed equal seeds give equal observations
    record Fake(EnvTask task, int episodeLength, double fps, long seed) implements World {
        static final int EPISODE_LENGTH = 100;

        public Fake {
            RunConfig.require(episodeLength >= 1, "--env.episode-length must be 1 or more, got " + episodeLength);
            RunConfig.require(fps >= 0 && fps <= 1000, "--env.fps must be between 0 (unpaced) and 1000, got " + fps);
        }

        @Override
        public int actionDim() {
            return task.actionDim();
        }

        @Override
        public Body body() {
            return Body.of(Body.Kind.PAPER, task, new Size(FakeEnv.HEIGHT, FakeEnv.WIDTH), null, fps);
        }

        @Override
        public Env open(Consumer<String> notice) {
            return new FakeEnv(task, episodeLength, fps, seed);
        }
    }

    /// The simulated SO-101.
    record Sim(EnvTask task, SimOptions options) implements World {
        @Override
        public int actionDim() {
            return task.actionDim();
        }

        /// The simulation has one rate; unpaced, its time waits for every action.
        @Override
        public Body body() {
            return Body.of(Body.Kind.SIMULATION, task, new Size(SimEnv.HEIGHT, SimEnv.WIDTH), Units.RANGE_M100_100,
                    options.paced() ? SimTask.CONTROL_HZ : 0);
        }

        @Override
        public Env open(Consumer<String> notice) {
            return new SimEnv(options);
        }
    }

    /// A recorded data set.
    ///
    /// @param episode the only episode to play, or -1 for all in turn
    record Replay(LeRobotDataset dataset, int episode, boolean paced) implements World {
        @Override
        public int actionDim() {
            return dataset.dim();
        }

        @Override
        public EnvTask task() {
            return null;
        }

        @Override
        public Body body() {
            Map<String, Size> cameras = new LinkedHashMap<>();
            dataset.cameras().forEach(camera -> cameras.put(camera, null));
            return new Body(Body.Kind.PAPER, dataset.root().toString(), null, dataset.dim(), cameras, null,
                    paced ? dataset.fps() : 0);
        }

        @Override
        public Env open(Consumer<String> notice) {
            return new ReplayEnv(dataset, episode, paced, notice);
        }
    }

    /// A real SO-101, or two.
    ///
    /// @param cameras           those of the task
    /// @param dry               nothing is ever written to the servos
    /// @param allowUnitMismatch runs a policy that was trained in other units
    record Robot(
            EnvTask task, ArmOptions arm, Map<String, CameraSettings> cameras, So101Env.Options options, boolean dry,
            boolean allowUnitMismatch) implements World {
        @Override
        public int actionDim() {
            return task.actionDim();
        }

        @Override
        public Body body() {
            Map<String, Size> sizes = new LinkedHashMap<>();
            cameras.forEach((name, camera) -> sizes.put(name, new Size(camera.height(), camera.width())));
            return new Body(Body.Kind.ROBOT, "task " + task.id(), task, actionDim(), sizes, arm.units(), options.fps());
        }

        @Override
        public List<Finding> look(Env env, PolicyFacts policy) {
            EnvObservation seen = env.observe();
            List<Finding> findings = new ArrayList<>(Checks.calibration(arm.calibrations(), body()));
            findings.addAll(Checks.pose(policy, body(), seen));
            findings.addAll(Checks.pictures(seen));
            return findings;
        }

        @Override
        public Env open(Consumer<String> notice) {
            RobotArm connected = arm.connect(dry);
            Map<String, Camera> opened = new LinkedHashMap<>();
            try {
                cameras.forEach((name, settings) -> opened.put(name, Camera.open(settings)));
                if (dry) {
                    notice.accept("Dry run: nothing is sent to the arm.");
                }
                return new So101Env(connected, opened, options, notice);
            } catch (RuntimeException e) {
                opened.values().forEach(Camera::close);
                connected.close();
                throw e;
            }
        }
    }
}
