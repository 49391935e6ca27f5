package sinew.runtime.eval;

import java.util.Map;
import java.util.function.LongFunction;
import sinew.engine.policy.NoiseSource;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.serve.Inference;
import sinew.runtime.serve.InProcessPolicyClient;

/// A policy of this process, with a session of its own for every episode. The policy belongs to the caller.
public final class LocalEpisodePolicy implements EpisodePolicy {
    private final Policy policy;
    private final SamplingOptions sampling;
    private final LongFunction<NoiseSource> noise;
    private InProcessPolicyClient session;

    /// @param noise the noise for an episode of a seed
    public LocalEpisodePolicy(Policy policy, SamplingOptions sampling, LongFunction<NoiseSource> noise) {
        this.policy = policy;
        this.sampling = sampling;
        this.noise = noise;
    }

    @Override
    public void begin(long seed) {
        close();
        session = new InProcessPolicyClient(policy, noise.apply(seed), sampling, Map.of());
    }

    @Override
    public Inference infer(EnvObservation observation) {
        return session.infer(observation);
    }

    @Override
    public void observe(EnvObservation observation) {
        session.observe(observation);
    }

    @Override
    public void close() {
        if (session != null) {
            session.close();
        }
    }
}
