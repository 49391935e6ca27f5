package sinew.engine.policy;

/// One robot's view of a policy: its observation history and its random stream. Not thread-safe;
/// several sessions of one [Policy] may be used from several threads.
public interface PolicySession {
    /// Forgets the observation history. The random stream goes on.
    void reset();

    /// Adds an observation to the history without predicting (for clients that send every frame). The first
    /// observation after a reset fills the whole history, as LeRobot's queues do.
    ///
    /// @throws ObservationException names the feature that is missing or misshapen, and those that the policy wants
    void observe(Observation observation);

    /// Computes now what the next prediction can use of the frames that were observed, unless somebody else is using
    /// the policy or the next prediction seems far off. For the time after an observation when nobody waits; never
    /// changes a result.
    default void prepare() {}

    /// Adds an observation and predicts the next chunk: [n_action_steps, A].
    ///
    /// @throws ObservationException as in observe
    ActionChunk predict(Observation observation);

    /// As predict, and reports the intermediates.
    ActionChunk predict(Observation observation, PredictionTrace trace);
}
