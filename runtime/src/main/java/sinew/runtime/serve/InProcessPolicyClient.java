package sinew.runtime.serve;

import java.util.Map;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.ActionPrefix;
import sinew.engine.policy.NoiseSource;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.env.EnvObservation;

/// A policy in this process behind the same face as a remote one. The policy belongs to the caller.
public final class InProcessPolicyClient implements PolicyClient {
    private final Map<String, Object> metadata;
    private final ObservationMapping mapping;
    private final PolicySession session;
    private final int prefixRows;
    private double prevTotalMs = Double.NaN;

    /// @param metadata what [#metadata] answers, for instance [PolicyMetadata#of]
    public InProcessPolicyClient(
            Policy policy, NoiseSource noise, SamplingOptions options, Map<String, Object> metadata) {
        this.metadata = Map.copyOf(metadata);
        this.mapping = new ObservationMapping(policy.spec(), Map.of());
        this.session = policy.newSession(noise, options);
        this.prefixRows = policy.prefixRows();
    }

    @Override
    public Map<String, Object> metadata() {
        return metadata;
    }

    @Override
    public void reset() {
        session.reset();
    }

    @Override
    public boolean canObserve() {
        return true;
    }

    @Override
    public void observe(EnvObservation observation) {
        try {
            session.observe(mapping.map(observation));
        } catch (RuntimeException e) {
            throw new PolicyClientException(e.getMessage(), false, e);
        }
    }

    @Override
    public Inference infer(EnvObservation observation) {
        return infer(observation, ActionPrefix.NONE);
    }

    @Override
    public int prefixRows() {
        return prefixRows;
    }

    @Override
    public Inference infer(EnvObservation observation, ActionPrefix prefix) {
        long start = System.nanoTime();
        ActionChunk chunk;
        double inferMs;
        try {
            var mapped = mapping.map(observation);
            long predict = System.nanoTime();
            chunk = SessionRequests.checked(
                    prefix.isEmpty() ? session.predict(mapped) : session.predict(mapped, prefix));
            inferMs = (System.nanoTime() - predict) / 1e6;
        } catch (RuntimeException e) {
            throw new PolicyClientException(e.getMessage(), false, e);
        }
        float[][] rows = new float[chunk.steps()][chunk.dim()];
        for (int row = 0; row < rows.length; row++) {
            System.arraycopy(chunk.values(), row * chunk.dim(), rows[row], 0, chunk.dim());
        }
        double totalMs = (System.nanoTime() - start) / 1e6;
        Inference inference = new Inference(rows, inferMs, prevTotalMs, totalMs);
        prevTotalMs = totalMs;
        return inference;
    }

    @Override
    public void close() {
        // The session holds nothing but memory; the policy is the caller's.
    }
}
