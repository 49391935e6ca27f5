package sinew.engine.inference;

import sinew.engine.diffusion.NoiseScheduler;
import sinew.engine.nn.StepTable;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.NoiseSource;
import sinew.engine.policy.Observation;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.PredictionTrace;

/// A session of a [DiffusionPolicy].
final class DiffusionSession implements PolicySession {
    private final DiffusionPolicy policy;
    private final History history;
    private final NoiseSource noise;
    private final NoiseScheduler scheduler;
    private final StepTable table;

    DiffusionSession(
            DiffusionPolicy policy, History history, NoiseSource noise, NoiseScheduler scheduler, StepTable table) {
        this.policy = policy;
        this.history = history;
        this.noise = noise;
        this.scheduler = scheduler;
        this.table = table;
    }

    @Override
    public void reset() {
        history.reset();
    }

    @Override
    public void observe(Observation observation) {
        history.push(observation);
    }

    @Override
    public ActionChunk predict(Observation observation) {
        history.push(observation);
        return policy.predict(history, noise, scheduler, table, null);
    }

    @Override
    public ActionChunk predict(Observation observation, PredictionTrace trace) {
        history.push(observation);
        int[] timesteps = scheduler.timesteps();
        float[] values = new float[timesteps.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = timesteps[i];
        }
        trace.record("timesteps", values, values.length);
        ActionChunk chunk = policy.predict(history, noise, scheduler, table, trace);
        trace.record("action_chunk_normalized", chunk.normalized().clone(), chunk.steps(), chunk.dim());
        trace.record("action_chunk", chunk.values().clone(), chunk.steps(), chunk.dim());
        return chunk;
    }
}
