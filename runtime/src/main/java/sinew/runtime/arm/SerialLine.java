package sinew.runtime.arm;

import java.io.IOException;

/// A line of bytes to the servos: a serial port, or something that behaves like one. Used by one thread at a time.
public interface SerialLine extends AutoCloseable {
    /// How people call it: `/dev/ttyACM0`.
    String name();

    /// Sends all the bytes.
    ///
    /// @throws IOException when the line is gone
    void write(byte[] bytes, int offset, int length) throws IOException;

    /// Receives at least one and at most `length` bytes, waiting no longer than `timeoutNanos` for the first.
    ///
    /// @return how many came; 0 when the time is over
    /// @throws IOException when the line is gone
    int read(byte[] bytes, int offset, int length, long timeoutNanos) throws IOException;

    @Override
    void close();
}
