package sinew.engine.policy;

/// Receives the intermediates of a prediction, under the names that LeRobot users know from the
/// reference recordings (`normalized.observation.state`, `global_cond`, `unet.first.down0.res1`, ...).
@FunctionalInterface
public interface PredictionTrace {
    /// @param values a copy that the receiver may keep, in PyTorch's layout (channels first) of `shape`
    void record(String name, float[] values, int... shape);
}
