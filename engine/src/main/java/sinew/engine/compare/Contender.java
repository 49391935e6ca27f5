package sinew.engine.compare;

import java.util.ArrayList;
import java.util.List;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.NoiseSource;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.SamplingOptions;

/// One of several ways of predicting: a policy and how it samples. Used by one thread.
public final class Contender {
    private final Policy policy;
    private final PolicySession session;
    private final List<Long> nanos = new ArrayList<>();
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
        long start = System.nanoTime();
        ActionChunk chunk = session.predict(moment.observations().getLast());
        nanos.add(System.nanoTime() - start);
        return chunk;
    }

    /// Milliseconds of a prediction so far, the median: all its pictures are new. 0 before the first.
    public double medianMillis() {
        List<Long> sorted = nanos.stream().sorted().toList();
        int middle = sorted.size() / 2;
        if (sorted.isEmpty()) {
            return 0;
        }
        return (sorted.get((sorted.size() - 1) / 2) + sorted.get(middle)) / 2e6;
    }
}
