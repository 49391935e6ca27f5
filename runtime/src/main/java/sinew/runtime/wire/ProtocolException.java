package sinew.runtime.wire;

/// Bytes that are not a message of the policy protocol.
public final class ProtocolException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long offset;

    public ProtocolException(String message, long offset) {
        super(message + " (at byte " + offset + ")");
        this.offset = offset;
    }

    /// Where in the message reading stopped.
    public long offset() {
        return offset;
    }
}
