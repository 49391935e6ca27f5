package sinew.runtime.cli;

import java.io.IOException;
import java.util.function.Consumer;
import sinew.runtime.dataset.LeRobotDataset;
import sinew.runtime.dataset.ReplayEnv;
import sinew.runtime.env.Env;
import sinew.runtime.env.EnvTask;
import sinew.runtime.env.FakeEnv;
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
}
