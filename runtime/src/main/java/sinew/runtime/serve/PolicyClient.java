package sinew.runtime.serve;

import java.util.Map;
import sinew.engine.policy.ActionPrefix;
import sinew.runtime.env.EnvObservation;

/// A policy as the control loop sees it: behind a WebSocket, or in this process.
public interface PolicyClient extends AutoCloseable {
    /// What the server said about itself when the connection opened.
    Map<String, Object> metadata();

    /// Starts a new episode on the server's side.
    ///
    /// @throws PolicyClientException when the server reports an error or the connection is lost
    void reset();

    /// One prediction; blocks until the answer is there.
    ///
    /// @throws PolicyClientException when the server reports an error or the connection is lost
    Inference infer(EnvObservation observation);

    /// How many actions a prediction can be told that are already decided; 0 when the server cannot take any.
    default int prefixRows() {
        return 0;
    }

    /// As infer; the chunk begins with `prefix.next()`, of which there are at most [#prefixRows], and continues it.
    ///
    /// @throws PolicyClientException also when there is a prefix and the server takes none
    default Inference infer(EnvObservation observation, ActionPrefix prefix) {
        if (!prefix.isEmpty()) {
            throw new PolicyClientException("The server cannot continue actions that are already decided.", false, null);
        }
        return infer(observation);
    }

    /// Whether [#observe] is understood.
    default boolean canObserve() {
        return false;
    }

    /// Shows the policy a frame between predictions, so that one with several observation steps sees consecutive frames
    /// as in training. Only where [#canObserve].
    ///
    /// @throws PolicyClientException when the server reports an error or the connection is lost
    default void observe(EnvObservation observation) {
        throw new IllegalStateException("this server takes no observations without predicting");
    }

    @Override
    void close();
}
