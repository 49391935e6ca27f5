package sinew.engine.inference;

import java.util.Arrays;
import sinew.engine.policy.ActSpec;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.Observation;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.PredictionTrace;

/// A session of an [ActPolicy].
final class ActSession implements PolicySession {
    private final ActPolicy policy;
    private final History history;
    private final boolean forNobody;
    private final float[] chunk; // [chunk_size * A] normalised
    private final TemporalEnsemble ensemble; // null without

    ActSession(ActPolicy policy, History history, boolean forNobody) {
        this.policy = policy;
        this.history = history;
        this.forNobody = forNobody;
        ActSpec spec = policy.spec();
        int dim = spec.action().size();
        chunk = new float[spec.chunkSize() * dim];
        ensemble = spec.ensembleCoefficient() == null
                ? null
                : new TemporalEnsemble(spec.ensembleCoefficient(), spec.chunkSize(), dim);
    }

    @Override
    public void reset() {
        history.reset();
        if (ensemble != null) {
            ensemble.reset();
        }
    }

    @Override
    public void observe(Observation observation) {
        history.push(observation);
    }

    @Override
    public ActionChunk predict(Observation observation) {
        return predict(observation, (PredictionTrace) null);
    }

    @Override
    public ActionChunk predict(Observation observation, PredictionTrace trace) {
        history.push(observation);
        policy.predict(history.frame(0), chunk, forNobody, trace);
        if (trace != null) {
            record(trace);
        }
        return result();
    }

    /// What the network answered, whole, as the reference recordings have it.
    private void record(PredictionTrace trace) {
        ActSpec spec = policy.spec();
        int dim = spec.action().size();
        trace.record("action_chunk_normalized", chunk.clone(), 1, spec.chunkSize(), dim);
        trace.record("action_chunk", policy.unnormalize(chunk), 1, spec.chunkSize(), dim);
        float[] executed = Arrays.copyOf(chunk, spec.nActionSteps() * dim);
        trace.record("select_actions", policy.unnormalize(executed), spec.nActionSteps(), dim);
    }

    private ActionChunk result() {
        ActSpec spec = policy.spec();
        int dim = spec.action().size();
        float[] normalized = new float[spec.nActionSteps() * dim];
        if (ensemble == null) {
            System.arraycopy(chunk, 0, normalized, 0, normalized.length);
        } else {
            ensemble.next(chunk, normalized);
        }
        return new ActionChunk(spec.nActionSteps(), dim, policy.unnormalize(normalized), normalized);
    }
}
