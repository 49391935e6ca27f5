package sinew.convert;

import java.io.IOException;
import java.nio.file.Path;
import sinew.engine.weights.WeightsFile;

/// Looks at a converted file before it appears under its name, and refuses it by throwing.
@FunctionalInterface
public interface Review {
    /// Takes every file.
    Review NONE = (candidate, reference) -> {};

    /// @param candidate the new file, whole, under a temporary name
    /// @param reference the same policy with F32 weights
    void examine(Path candidate, Reference reference) throws IOException;

    /// Packs the F32 weights when it is asked, which needs memory for them.
    @FunctionalInterface
    interface Reference {
        /// A file in memory, which the caller closes.
        WeightsFile open() throws IOException;
    }
}
