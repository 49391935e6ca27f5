package sinew.engine.policy;

/// The smallest and the largest value that the training data had in each place of a feature.
///
/// @param min [D]
/// @param max [D]
public record ValueRange(float[] min, float[] max) {}
