package sinew.engine.policy;

import java.util.Map;

/// A loaded policy: immutable weights and a compiled plan, shared by any number of sessions.
public interface Policy extends AutoCloseable {
    PolicySpec spec();

    /// A session whose noise comes from `noise`.
    PolicySession newSession(NoiseSource noise, SamplingOptions options);

    /// What the training data ranged over, by the name of a vector feature, the action among them. Features of which
    /// the checkpoint does not tell are absent.
    default Map<String, ValueRange> ranges() {
        return Map.of();
    }

    @Override
    void close();
}
