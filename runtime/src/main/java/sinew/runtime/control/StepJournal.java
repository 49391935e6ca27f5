package sinew.runtime.control;

import java.util.ArrayList;
import java.util.List;
import sinew.runtime.control.StepRecord.Chunk;
import sinew.runtime.control.StepRecord.Pace;
import sinew.runtime.control.StepRecord.Timing;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvStep;
import sinew.runtime.env.Ticks;
import sinew.runtime.serve.Inference;

/// Keeps count of episodes, steps and chunks, and tells the listeners. Used by the control thread alone.
final class StepJournal {
    private final List<StepListener> listeners = new ArrayList<>();
    private final RateMeter rate = new RateMeter();
    private int episode;
    private int step;
    private boolean open; // an episode has begun and not ended
    private EnvObservation seen;
    private Chunk chunk = Chunk.NONE;
    private Timing timing = Timing.UNKNOWN;
    private Pace pace = Pace.UNKNOWN;
    private Connection connection = Connection.CONNECTED;
    private Tally tally = Tally.NONE;
    private String error;

    void addListener(StepListener listener) {
        listeners.add(listener);
    }

    void begin(EnvObservation observation) {
        episode++;
        step = 0;
        open = true;
        chunk = Chunk.NONE;
        error = null;
        connection = Connection.CONNECTED;
        rate.clear();
        timing = Timing.UNKNOWN;
        pace = Pace.UNKNOWN;
        seen = observation;
        tell(Phase.RESET, null, null, null, null, null);
    }

    void chunk(Inference inference, int length) {
        chunk = new Chunk(chunk.index() + 1, length, length);
        timing = new Timing(
                inference.inferMs(), inference.prevTotalMs(), inference.roundTripMs(), timing.rateHz());
    }

    /// How smoothly it goes; for the next record.
    void pace(Ticks ticks, SeamSummary seams) {
        pace = new Pace(ticks, seams);
    }

    void step(EnvStep outcome, float[] predicted, int left) {
        step++;
        seen = outcome.observation();
        chunk = new Chunk(chunk.index(), chunk.length(), left);
        timing = new Timing(
                timing.inferMs(), timing.prevTotalMs(), timing.roundTripMs(), rate.tick(System.nanoTime()));
        Ending ending = outcome.done() ? Ending.COMPLETED : null;
        tell(Phase.STEP, predicted, outcome, outcome.groundTruth(), ending, outcome.success());
    }

    /// The operator's verdict: one more record with the last observation, nothing was executed.
    void stopped(Boolean success) {
        tell(Phase.STOPPED, null, null, null, Ending.STOPPED, success);
    }

    /// The episode cannot go on; nothing when none is open.
    void interrupted(String why) {
        error = why;
        if (open) {
            tell(Phase.STEP, null, null, null, Ending.INTERRUPTED, null);
        }
    }

    void connection(Connection now, String why) {
        connection = now;
        error = why;
        idle(null);
    }

    /// Something to look at between episodes; `observation` null shows the last one again.
    void idle(EnvObservation observation) {
        if (observation != null) {
            seen = observation;
        }
        if (seen != null) {
            tell(Phase.WAITING_RESET, null, null, null, null, null);
        }
    }

    int episode() {
        return episode;
    }

    int step() {
        return step;
    }

    Tally tally() {
        return tally;
    }

    private void tell(
            Phase phase, float[] predicted, EnvStep outcome, float[] groundTruth, Ending ending, Boolean success) {
        StepRecord record = new StepRecord(
                episode,
                step,
                phase,
                System.currentTimeMillis() / 1000.0,
                seen,
                predicted,
                outcome == null ? null : outcome.applied(),
                groundTruth,
                chunk,
                timing,
                pace,
                connection,
                tally,
                error,
                ending,
                ending == null ? null : success);
        if (ending != null) {
            open = false;
            tally = tally.plus(success);
        }
        for (StepListener listener : listeners) {
            listener.onStep(record);
        }
    }
}
