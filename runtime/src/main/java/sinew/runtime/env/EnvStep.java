package sinew.runtime.env;

/// The outcome of one control step.
///
/// @param applied     the action really applied, after all limits, [A]
/// @param groundTruth the action that a demonstration took here, [A], or null when there is none
/// @param done        the episode ends with this step
/// @param success     the verdict when done, or null when the environment has none
public record EnvStep(EnvObservation observation, float[] applied, float[] groundTruth, boolean done, Boolean success) {}
