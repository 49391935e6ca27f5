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

    /// How many passes over the weights have been shared by 1, 2, ... predictions so far. Its length is the most
    /// that can share one.
    default long[] passCounts() {
        return new long[1];
    }

    /// Predictions under way are finished first. Those that wait for a place, and later ones, are refused with an
    /// [IllegalStateException].
    @Override
    void close();
}
