package sinew.runtime.control;

import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.Ticks;

/// Everything about one control step, for those who record or show it.
///
/// @param episode     1 for the first; 0 before it
/// @param step        0 right after the reset
/// @param unixSeconds when the observation was there
/// @param observation never null; owned by the environment, see [StepListener]
/// @param predicted   the action that the policy asked for, [A]; null unless the phase is STEP
/// @param applied     the action really applied after all limits, [A]; null unless the phase is STEP
/// @param groundTruth what a demonstration did here, [A], or null
/// @param chunk       the action chunk being played
/// @param timing      how long things took
/// @param pace        how smoothly it goes
/// @param connection  how the loop stands with the server
/// @param tally       finished episodes, without this one
/// @param error       the last error in words, or null when there was none
/// @param ending      why the episode is over, or null while it goes on
/// @param success     the verdict when it is over, or null when there is none
public record StepRecord(
        int episode,
        int step,
        Phase phase,
        double unixSeconds,
        EnvObservation observation,
        float[] predicted,
        float[] applied,
        float[] groundTruth,
        Chunk chunk,
        Timing timing,
        Pace pace,
        Connection connection,
        Tally tally,
        String error,
        Ending ending,
        Boolean success) {

    /// The episode ends with this record.
    public boolean done() {
        return ending != null;
    }

    /// An action chunk being played.
    ///
    /// @param index  0 for the episode's first chunk, -1 before it
    /// @param length rows of the chunk; those whose time had passed when it came are not played
    /// @param left   rows not played yet
    public record Chunk(int index, int length, int left) {
        public static final Chunk NONE = new Chunk(-1, 0, 0);
    }

    /// Times of the last inference in milliseconds and the rate of control; NaN where not known yet.
    ///
    /// @param inferMs     in the policy, as the server measured it
    /// @param prevTotalMs the server's total for the request before
    /// @param roundTripMs as the client measured it
    /// @param rateHz      control steps per second over the last second or so
    public record Timing(double inferMs, double prevTotalMs, double roundTripMs, double rateHz) {
        public static final Timing UNKNOWN = new Timing(Double.NaN, Double.NaN, Double.NaN, Double.NaN);
    }

    /// How smoothly the episode goes so far.
    ///
    /// @param ticks how the tick was kept, or null where time waits for the next action
    /// @param seams how the chunks meet, or null before the first step
    public record Pace(Ticks ticks, SeamSummary seams) {
        public static final Pace UNKNOWN = new Pace(null, null);
    }
}
