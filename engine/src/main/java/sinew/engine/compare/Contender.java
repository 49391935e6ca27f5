package sinew.engine.compare;

import sinew.engine.diffusion.TorchRandom;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.NoiseSource;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.SamplingOptions;

/// One of two ways of predicting: a policy and how it samples. Used by one thread.
public final class Contender {
    private final Policy policy;
    private final PolicySession session;
    private NoiseSource noise;

    /// @throws IllegalArgumentException when the policy cannot sample in this way
    public Contender(Policy policy, SamplingOptions sampling) {
        this.policy = policy;
        session = policy.newSession((out, count) -> noise.fill(out, count), sampling);
    }

    Policy policy() {
        return policy;
    }

    /// The chunk at `moment`, with the noise of `torch.manual_seed(seed)`: the same on every call.
    ActionChunk predict(Moment moment, long seed) {
        noise = new TorchRandom(seed);
        session.reset();
        for (Observation earlier : moment.observations().subList(0, moment.observations().size() - 1)) {
            session.observe(earlier);
        }
        return session.predict(moment.observations().getLast());
    }
}
