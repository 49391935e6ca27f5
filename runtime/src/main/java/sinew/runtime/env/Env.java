package sinew.runtime.env;

/// A world in which actions have effects: random, replayed, simulated, or a real arm.
public interface Env extends AutoCloseable {
    /// Starts the next episode and returns its first observation.
    EnvObservation reset();

    /// Executes one action [A] in robot units and returns what happened. Paces itself to the control rate.
    EnvStep step(float[] action);

    @Override
    void close();
}
