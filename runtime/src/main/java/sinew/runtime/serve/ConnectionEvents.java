package sinew.runtime.serve;

import java.time.Duration;

/// What a client tells its user while it looks for the server. Called on the connecting thread.
public interface ConnectionEvents {
    /// Says nothing.
    ConnectionEvents SILENT = new ConnectionEvents() {};

    /// The first attempt begins. `address` is as the user wrote it.
    default void waiting(String address) {}

    /// Nobody is listening (or, when reconnecting, the attempt failed); the next attempt follows after `pause`.
    default void retrying(String address, String reason, Duration pause) {}

    /// The connection stands and the server's metadata is there.
    default void connected(String address) {}
}
