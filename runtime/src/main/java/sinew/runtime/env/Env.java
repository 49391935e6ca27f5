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

    /// The control thread is well and waits for the policy, in the middle of an episode. Called a few times a second.
    ///
    /// @throws RuntimeException when the environment will not wait any longer
    default void idle() {}

    /// The episode is over, however it ended: what moves is left as its user wants it. Nothing is stepped until the
    /// next reset.
    default void pause() {}

    /// Wall-clock length of a control step, in nanoseconds; 0 where time waits for the next action.
    default long periodNanos() {
        return 0;
    }

    /// How the tick has been kept since the reset, or null where time waits for the next action.
    default Ticks ticks() {
        return null;
    }

    @Override
    void close();
}
