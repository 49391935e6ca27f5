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

    /// As predict, where the first actions are already decided: the chunk begins with `prefix.next()` and continues it.
    /// Past rows beyond those that the policy looks at are ignored.
    ///
    /// @throws ObservationException as in observe; also when the prefix has another width, is not finite or has more
    ///     rows than [Policy#prefixRows], and when the policy can continue nothing
    default ActionChunk predict(Observation observation, ActionPrefix prefix) {
        if (!prefix.isEmpty()) {
            throw new ObservationException("This policy cannot continue actions that are already decided: send no"
                    + " action_prefix and no action_past.");
        }
        return predict(observation);
    }

    /// As predict, and reports the intermediates.
    ActionChunk predict(Observation observation, PredictionTrace trace);
}
