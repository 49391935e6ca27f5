package sinew.engine.policy;

/// What a feature is, in LeRobot's words.
public enum FeatureType {
    STATE,
    VISUAL,
    ENV,
    ACTION
}
