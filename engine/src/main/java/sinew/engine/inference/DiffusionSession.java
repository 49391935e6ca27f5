package sinew.engine.inference;

import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.ActionPrefix;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Observation;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.PredictionTrace;

/// A session of a [DiffusionPolicy].
final class DiffusionSession implements PolicySession {
    private static final int UNKNOWN = Integer.MAX_VALUE;

    private final DiffusionPolicy policy;
    private final History history;
    private final Prediction prediction;
    private final float[] times;
    private boolean fresh = true; // no prediction since the last reset
    private int observed; // frames since the last prediction
    private int rhythm = UNKNOWN; // frames between two predictions, when that was last seen

    DiffusionSession(DiffusionPolicy policy, History history, Prediction prediction, float[] times) {
        this.policy = policy;
        this.history = history;
        this.prediction = prediction;
        this.times = times;
    }

    @Override
    public void reset() {
        history.reset();
        fresh = true;
        observed = 0;
    }

    @Override
    public void observe(Observation observation) {
        history.push(observation);
        observed++;
    }

    /// A frame that leaves the history before the next prediction need not be encoded. Robots ask after the same
    /// number of frames again and again, so the last chunk tells which ones will be left.
    @Override
    public void prepare() {
        if (observed > 0 && observed + history.steps() - 1 > rhythm) {
            policy.prepare(history);
        }
    }

    @Override
    public ActionChunk predict(Observation observation) {
        return predict(observation, ActionPrefix.NONE);
    }

    @Override
    public ActionChunk predict(Observation observation, ActionPrefix prefix) {
        policy.decide(prediction, prefix);
        push(observation);
        return policy.predict(prediction);
    }

    @Override
    public ActionChunk predict(Observation observation, PredictionTrace sink) {
        policy.decide(prediction, ActionPrefix.NONE);
        DiffusionSpec spec = policy.spec();
        boolean renamed = spec.origin() == DiffusionSpec.Origin.MULTI_TASK_DIT;
        PredictionTrace trace = renamed ? new MultiTaskDitTrace(sink, spec) : sink;
        push(observation);
        trace.record("timesteps", times.clone(), times.length);
        ActionChunk chunk = policy.predict(prediction, trace);
        trace.record("action_chunk_normalized", chunk.normalized().clone(), chunk.steps(), chunk.dim());
        trace.record("action_chunk", chunk.values().clone(), chunk.steps(), chunk.dim());
        return chunk;
    }

    private void push(Observation observation) {
        history.push(observation);
        if (!fresh) {
            rhythm = observed;
        }
        fresh = false;
        observed = 0;
    }
}
