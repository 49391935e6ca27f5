package sinew.runtime.compare;

import java.nio.file.Path;
import sinew.engine.policy.SamplingOptions;

/// A way of predicting: from which weights, and sampled how.
///
/// @param weights a weights file
public record Way(Path weights, SamplingOptions sampling) {}
