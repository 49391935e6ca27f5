package sinew.engine.compare;

import java.io.IOException;

/// What two contenders predict from, made or read when it is asked for: pictures take memory.
public interface Moments {
    /// At least one.
    int count();

    /// Moment `index` of 0..count-1, the same on every call.
    ///
    /// @throws IOException when it cannot be read
    Moment at(int index) throws IOException;
}
