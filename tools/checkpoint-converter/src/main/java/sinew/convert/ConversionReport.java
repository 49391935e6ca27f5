package sinew.convert;

import java.nio.file.Path;
import java.util.List;
import sinew.engine.policy.PolicySpec;

/// What a conversion did.
///
/// @param parameters number of weights of the network as it runs (BatchNorm folded, padding not counted)
/// @param bytes      size of the file
/// @param notes      what a user should know: features without normalisation, joints that never moved
public record ConversionReport(
        Path file, PolicySpec spec, int tensors, long parameters, long bytes, List<String> notes) {}
