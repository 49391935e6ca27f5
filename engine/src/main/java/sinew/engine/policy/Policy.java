package sinew.engine.policy;

import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// A loaded policy: immutable weights and a compiled plan, shared by any number of sessions.
public interface Policy extends AutoCloseable {
    PolicySpec spec();

    /// Where it computes: `cpu`, `cuda:0`.
    default String device() {
        return "cpu";
    }

    /// A session whose noise comes from `noise`.
    PolicySession newSession(NoiseSource noise, SamplingOptions options);

    /// Makes predictions for nobody until they are as fast as later ones will be, or `enough` says true. Predictions
    /// for somebody go on beside it.
    ///
    /// @param progress told in a few words what is being done
    default void warmUp(Consumer<String> progress, BooleanSupplier enough) {}

    /// How many rows of a chunk may be decided before it is predicted, see
    /// [PolicySession#predict(Observation, ActionPrefix)]; 0 when the policy cannot do that.
    default int prefixRows() {
        return 0;
    }

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
