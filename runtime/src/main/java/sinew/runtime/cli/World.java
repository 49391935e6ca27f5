package sinew.runtime.cli;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import sinew.runtime.arm.RobotArm;
import sinew.runtime.arm.RobotException;
import sinew.runtime.camera.Camera;
import sinew.runtime.camera.CameraSettings;
import sinew.runtime.dataset.LeRobotDataset;
import sinew.runtime.dataset.ReplayEnv;
import sinew.runtime.env.Env;
import sinew.runtime.env.EnvTask;
import sinew.runtime.env.FakeEnv;
import sinew.runtime.env.So101Env;
import sinew.runtime.sim.SimEnv;
import sinew.runtime.sim.SimOptions;

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

    /// Looks at what the connected server tells about its policy, before anything moves.
    ///
    /// @param notice hears what the operator should know
    /// @throws RobotException when the policy must not drive this world
    default void meet(Map<String, Object> metadata, Consumer<String> notice) {}

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
        public void meet(Map<String, Object> metadata, Consumer<String> notice) {
            UnitsFit fit = UnitsFit.of(metadata, actionDim(), arm.units());
            if (!fit.known()) {
                notice.accept("! The server does not tell what its policy's training data ranged over: nobody has"
                        + " checked that it was trained in " + arm.units() + " (--robot.units).");
            } else if (fit.problem() != null && !allowUnitMismatch) {
                throw new RobotException(RobotException.Kind.CALIBRATION, "the arm was not moved: " + fit.problem()
                        + ", or run it all the same with --allow-unit-mismatch");
            } else if (fit.problem() != null) {
                notice.accept("! Going on as told by --allow-unit-mismatch, although " + fit.problem() + ".");
            }
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
