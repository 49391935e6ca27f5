package sinew.engine.policy;

/// How a feature's values were normalised in training, in LeRobot's words but for [#LINEAR].
public enum NormalizationMode {
    IDENTITY,
    MEAN_STD,
    MIN_MAX,
    QUANTILES,
    QUANTILE10,
    /// By a factor and an offset that the checkpoint holds as such: diffusion_policy's LinearNormalizer.
    LINEAR
}
