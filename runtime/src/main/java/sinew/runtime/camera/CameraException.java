package sinew.runtime.camera;

/// A camera is not as it must be. The message names it and says what to do.
public final class CameraException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CameraException(String message) {
        super(message);
    }

    public CameraException(String message, Throwable cause) {
        super(message, cause);
    }
}
