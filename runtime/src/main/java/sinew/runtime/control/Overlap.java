package sinew.runtime.control;

import java.util.List;

/// Whether the next chunk is asked for while the last one is being played, and what happens where they meet.
///
/// @param mode  when an answer is used
/// @param ticks in [Mode#FIXED] the steps between question and use
/// @param seams acceptable rules, best first: the first that the server can follow is used
public record Overlap(Mode mode, int ticks, List<SeamRule> seams) {
    /// When the next chunk is asked for and used.
    public enum Mode {
        /// Asked for when the last one is used up; the robot waits for it.
        OFF,
        /// Asked for as early as the measured latency wants it, and used as soon as it is there. Where time waits for the
        /// next action there is nothing to gain, and it is as [#OFF].
        AUTO,
        /// Used exactly so many steps after it was asked for, whenever it really came: repeatable, and in a simulation
        /// whose time waits a stand-in for a policy that takes that long.
        FIXED
    }

    /// One chunk after the other.
    public static final Overlap OFF = new Overlap(Mode.OFF, 0, List.of(SeamRule.CUT));

    public Overlap {
        seams = List.copyOf(seams);
        if (seams.isEmpty()) {
            throw new IllegalArgumentException("at least one rule for the seams is needed");
        }
        if (ticks < 0 || mode == Mode.FIXED && ticks < 1) {
            throw new IllegalArgumentException("a fixed overlap is 1 step or more, got " + ticks);
        }
    }
}
