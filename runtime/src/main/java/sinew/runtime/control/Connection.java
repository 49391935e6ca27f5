package sinew.runtime.control;

/// How the control loop stands with the policy server.
public enum Connection {
    CONNECTED,
    RECONNECTING,
    /// The server refused a request, or reconnecting was given up: the run is ending.
    FAILED
}
