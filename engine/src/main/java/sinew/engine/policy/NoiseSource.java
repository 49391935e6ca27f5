package sinew.engine.policy;

/// Gaussian noise in the order in which a prediction draws it: first the initial sample
/// [horizon, A], then, for samplers that need it, one draw of the same size per denoising step.
@FunctionalInterface
public interface NoiseSource {
    /// Fills the first `count` entries with standard normal values.
    void fill(float[] out, int count);
}
