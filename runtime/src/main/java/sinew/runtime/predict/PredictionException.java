package sinew.runtime.predict;

/// A prediction from a file that cannot be made; the message says why and what to do.
public final class PredictionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PredictionException(String message) {
        super(message);
    }
}
