package sinew.runtime.predict;

import java.io.IOException;
import java.nio.file.Path;
import sinew.convert.ConversionOptions;
import sinew.convert.Converter;
import sinew.convert.ProgressListener;

/// Policies for tests.
final class TestPolicies {
    private TestPolicies() {}

    static Path convert(Path checkpoint, Path weights) throws IOException {
        Converter.convert(checkpoint, weights, ConversionOptions.F32, ProgressListener.SILENT);
        return weights;
    }
}
