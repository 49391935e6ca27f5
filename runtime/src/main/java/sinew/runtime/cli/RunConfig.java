package sinew.runtime.cli;

import java.time.Duration;
import sinew.runtime.control.Overlap;
import sinew.runtime.record.EpisodeRecorder;

/// Everything that a run of episodes needs to know.
///
/// @param serverUri      as the user is shown it, e.g. `ws://127.0.0.1:8000`
/// @param serverPatience gives up on an unreachable server after this long; zero waits for ever
/// @param monitor        null for none
/// @param overlap        whether the policy thinks while the robot moves
record RunConfig(
        World env,
        int episodes,
        boolean waitForReset,
        String serverUri,
        Duration serverPatience,
        MonitorAddress monitor,
        EpisodeRecorder.Options records,
        Overlap overlap) {

    /// Where the monitor listens.
    record MonitorAddress(String host, int port) {
        MonitorAddress {
            require(port >= 0 && port <= 65535, "--monitor-port must be between 0 and 65535, got " + port);
        }
    }

    /// One chunk after the other.
    RunConfig(
            World env,
            int episodes,
            boolean waitForReset,
            String serverUri,
            Duration serverPatience,
            MonitorAddress monitor,
            EpisodeRecorder.Options records) {
        this(env, episodes, waitForReset, serverUri, serverPatience, monitor, records, Overlap.OFF);
    }

    RunConfig {
        require(episodes >= 1, "--num-episodes must be 1 or more, got " + episodes);
        require(!serverPatience.isNegative(), "--server-timeout must be 0 (for ever) or more");
    }

    static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
