package sinew.engine.policy;

/// How a feature's values were normalised in training, in LeRobot's words.
public enum NormalizationMode {
    IDENTITY,
    MEAN_STD,
    MIN_MAX,
    QUANTILES,
    QUANTILE10
}
