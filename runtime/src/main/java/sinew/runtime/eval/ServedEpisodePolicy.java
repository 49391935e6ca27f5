package sinew.runtime.eval;

import sinew.runtime.env.EnvObservation;
import sinew.runtime.serve.Inference;
import sinew.runtime.serve.WebSocketPolicyClient;

/// A policy behind a server. Servers that take a seed play the same episodes as a policy in this process.
public final class ServedEpisodePolicy implements EpisodePolicy {
    private final WebSocketPolicyClient client;

    /// @param client closed with this
    public ServedEpisodePolicy(WebSocketPolicyClient client) {
        this.client = client;
    }

    @Override
    public void begin(long seed) {
        if (client.canSeed()) {
            client.reset(seed);
        } else {
            client.reset();
        }
    }

    @Override
    public Inference infer(EnvObservation observation) {
        return client.infer(observation);
    }

    @Override
    public void observe(EnvObservation observation) {
        if (client.canObserve()) {
            client.observe(observation);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
