package sinew.engine.policy;

/// The rows to execute next: [n_action_steps, A] in the robot's units, row-major.
///
/// @param values     [steps * dim] in robot units
/// @param normalized the same before un-normalisation
public record ActionChunk(int steps, int dim, float[] values, float[] normalized) {}
