package sinew.runtime.camera;

import java.io.IOException;

/// Where a camera's pictures come from. Used by one thread.
interface PictureSource extends AutoCloseable {
    /// Waits for the newest picture.
    ///
    /// @return false when none came within `timeoutMs`
    /// @throws IOException when the source is gone
    boolean next(Picture into, int timeoutMs) throws IOException;

    /// What is not as it was asked for, in words; empty when all is.
    String remarks();

    @Override
    void close();
}
