package sinew.runtime.eval;

import sinew.runtime.env.EnvObservation;
import sinew.runtime.serve.Inference;

/// The policy under evaluation, as one episode after another sees it: in this process or behind a server. Used by one
/// thread at a time.
public interface EpisodePolicy extends AutoCloseable {
    /// Forgets what it has seen; its noise is from now on that of the episode's seed, where it can choose.
    void begin(long seed);

    /// The next chunk of actions.
    Inference infer(EnvObservation observation);

    /// Shows it a frame between two predictions.
    void observe(EnvObservation observation);

    @Override
    void close();
}
