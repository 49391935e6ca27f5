package sinew.engine.policy;

/// An observation that does not fit the policy: a feature is missing, unknown or of the wrong shape.
public final class ObservationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ObservationException(String message) {
        super(message);
    }
}
