package sinew.engine.policy;

/// What a feature is, in LeRobot's words.
public enum FeatureType {
    STATE,
    VISUAL,
    ENV,
    /// Token ids of an instruction, or its text, see [Observation#task()].
    LANGUAGE,
    ACTION
}
