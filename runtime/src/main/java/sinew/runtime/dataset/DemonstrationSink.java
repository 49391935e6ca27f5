package sinew.runtime.dataset;

import java.io.Closeable;
import java.io.IOException;
import java.util.Map;
import sinew.engine.policy.Image;

/// Where demonstrations go, step by step.
public interface DemonstrationSink extends Closeable {
    /// Appends a step: what was seen and the action taken on it.
    ///
    /// @param state  joint positions [dim]
    /// @param action [dim]
    /// @param images a picture for each camera
    /// @param truth  what only a simulation knows, for training an encoder; may be empty
    void frame(float[] state, float[] action, Map<String, Image> images, float[] truth) throws IOException;

    /// Ends the episode with the frames appended since the last one.
    ///
    /// @param task what was done, in words
    void endEpisode(String task) throws IOException;
}
