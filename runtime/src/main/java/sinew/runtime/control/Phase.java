package sinew.runtime.control;

import java.util.Locale;

/// Where an episode stands.
public enum Phase {
    /// The first observation of an episode.
    RESET,
    /// An action was executed.
    STEP,
    /// The operator ended the episode; nothing was sent to the robot.
    STOPPED,
    /// Between episodes.
    WAITING_RESET;

    /// The name in the monitor's API: `reset`, `step`, `stopped`, `waiting_reset`.
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
