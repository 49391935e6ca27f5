package sinew.engine.inference;

import java.io.IOException;
import java.nio.file.Path;
import sinew.engine.policy.ActSpec;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.weights.WeightsFile;

/// Loads policies of every family from weights files.
public final class Policies {
    private Policies() {}

    /// Loads a policy from a file that `sinew convert` wrote.
    ///
    /// @throws sinew.engine.weights.WeightsFormatException when the file is damaged or does not hold a whole policy
    /// @throws IOException                                 when it cannot be read at all
    public static Policy load(Path weights, LoadOptions options) throws IOException {
        options.progress().accept("reading " + weights.getFileName());
        return load(WeightsFile.open(weights), options);
    }

    /// As load of a path. The policy owns the file from now on and closes it, also when loading fails.
    public static Policy load(WeightsFile weights, LoadOptions options) {
        try {
            return switch (SpecMetadata.read(weights.metadata())) {
                case DiffusionSpec spec -> DiffusionPolicy.load(weights, spec, options);
                case ActSpec spec -> ActPolicy.load(weights, spec, options);
            };
        } catch (RuntimeException | Error e) {
            weights.close();
            throw e;
        }
    }
}
