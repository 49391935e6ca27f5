package sinew.runtime.env;

/// A world in which actions have effects: random, replayed, simulated, or a real arm.
///
/// Used by one thread. The arrays of observations and steps belong to the environment, which may
/// overwrite them in the next call: whoever keeps something copies it.
public interface Env extends AutoCloseable {
    /// Starts the next episode and returns its first observation.
    EnvObservation reset();

    /// Executes one action [A] in robot units and returns what happened. Paces itself to the control rate.
    EnvStep step(float[] action);

    /// What is there to see between episodes, or null when there is nothing before the reset. Called a few
    /// times a second while the operator prepares the next episode; nothing moves.
    default EnvObservation observe() {
        return null;
    }

    @Override
    void close();
}
