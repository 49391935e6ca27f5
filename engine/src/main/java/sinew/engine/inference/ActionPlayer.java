package sinew.engine.inference;

import java.util.Arrays;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.Observation;
import sinew.engine.policy.PolicySession;

/// Plays a session one action per control step, as LeRobot's `select_action` does: every observation enters the
/// history, and the policy predicts again only when the last chunk is used up.
public final class ActionPlayer {
    private final PolicySession session;
    private ActionChunk chunk;
    private int next;

    public ActionPlayer(PolicySession session) {
        this.session = session;
    }

    /// Forgets the history and what is left of the chunk.
    public void reset() {
        session.reset();
        chunk = null;
    }

    /// Whether the next action needs a prediction, because the last chunk is used up.
    public boolean needsPrediction() {
        return chunk == null || next == chunk.steps();
    }

    /// The action for this control step: [A] in robot units.
    ///
    /// @throws sinew.engine.policy.ObservationException as the session's predict
    public float[] act(Observation observation) {
        if (needsPrediction()) {
            chunk = session.predict(observation);
            next = 0;
        } else {
            session.observe(observation);
        }
        int from = next * chunk.dim();
        next++;
        return Arrays.copyOfRange(chunk.values(), from, from + chunk.dim());
    }
}
