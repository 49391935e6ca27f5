package sinew.runtime.control;

/// Why an episode is over.
public enum Ending {
    /// The environment said so.
    COMPLETED,
    /// The operator said so.
    STOPPED,
    /// The connection broke, the server failed or the program is ending: no verdict.
    INTERRUPTED
}
