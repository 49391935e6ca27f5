package sinew.runtime.serve;

/// The policy server reported an error, or the connection to it broke.
public final class PolicyClientException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean connectionLost;

    public PolicyClientException(String message, boolean connectionLost, Throwable cause) {
        super(message, cause);
        this.connectionLost = connectionLost;
    }

    /// True when a reconnect may help; false when the server refused the request itself.
    public boolean connectionLost() {
        return connectionLost;
    }
}
