package sinew.bench.peers;

/// Another runtime with our weights in it. Not thread-safe.
///
/// Its threads may spin for a moment after a run: leave them time to stop before timing something else.
public interface Peer extends AutoCloseable {
    /// `onnxruntime-f32`, `onnxruntime-f32-2d`, `onnxruntime-int8`, `libtorch`.
    String name();

    /// Whether its output must agree with ours within 1e-3 of the largest magnitude.
    boolean exact();

    /// Copies the input into the runtime's tensors.
    void set(NetworkInput input);

    /// One timed call: all that a user's call would do on inputs that are already in the runtime's tensors.
    void run();

    /// What the last run computed, channels last like ours: [B, T, A] or [B, 2K].
    float[] output();

    @Override
    void close();
}
