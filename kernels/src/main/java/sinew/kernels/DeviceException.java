package sinew.kernels;

/// A device that is not there, cannot be used, or failed. The message says what to do.
public final class DeviceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DeviceException(String message) {
        super(message);
    }
}
