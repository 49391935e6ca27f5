package sinew.runtime.cli;

import java.time.Duration;
import sinew.runtime.env.EnvTask;
import sinew.runtime.record.EpisodeRecorder;

/// Everything that a run of episodes needs to know.
///
/// @param serverUri      as the user is shown it, e.g. `ws://127.0.0.1:8000`
/// @param serverPatience gives up on an unreachable server after this long; zero waits for ever
/// @param monitor        null for none
record RunConfig(
        FakeWorld env,
        int episodes,
        boolean waitForReset,
        String serverUri,
        Duration serverPatience,
        MonitorAddress monitor,
        EpisodeRecorder.Options records) {

    /// The random environment.
    ///
    /// @param fps  control rate; 0 for as fast as it goes
    /// @param seed equal seeds give equal observations
    record FakeWorld(EnvTask task, int episodeLength, double fps, long seed) {
        FakeWorld {
            require(episodeLength >= 1, "--env.episode-length must be 1 or more, got " + episodeLength);
            require(fps >= 0 && fps <= 1000, "--env.fps must be between 0 (unpaced) and 1000, got " + fps);
        }
    }

    /// Where the monitor listens.
    record MonitorAddress(String host, int port) {
        MonitorAddress {
            require(port >= 0 && port <= 65535, "--monitor-port must be between 0 and 65535, got " + port);
        }
    }

    RunConfig {
        require(episodes >= 1, "--num-episodes must be 1 or more, got " + episodes);
        require(!serverPatience.isNegative(), "--server-timeout must be 0 (for ever) or more");
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
