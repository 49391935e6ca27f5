package sinew.runtime.arm;

/// How long the bus waits, and how often it tries.
///
/// @param replyMs      for the first byte of an answer, beyond the time that the bytes themselves take
/// @param gapMs        between two bytes of an answer; longer silence means that something was lost
/// @param settleMicros after the last byte of an answer, to see that nothing more comes
/// @param retries      after the first try
public record BusTiming(int replyMs, int gapMs, int settleMicros, int retries) {
    /// For a USB adapter. It answers within 1 to 4 ms, slow ones within 16 ms; the rest is patience with a busy
    /// machine.
    public static final BusTiming USB = new BusTiming(50, 20, 150, 3);

    static final long BYTE_NANOS = 10_000; // ten bits at 1 Mbaud

    public BusTiming {
        if (replyMs < 1 || gapMs < 1 || settleMicros < 0 || retries < 0) {
            throw new IllegalArgumentException("waiting times are positive, got " + replyMs + ", " + gapMs + " ms, "
                    + settleMicros + " us; retries at least 0, got " + retries);
        }
    }

    long replyNanos(int bytes) {
        return replyMs * 1_000_000L + bytes * BYTE_NANOS;
    }
}
