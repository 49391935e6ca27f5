package sinew.runtime.serve;

import java.util.Map;
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

    @Override
    void close();
}
