package sinew.runtime.serve;

/// What a server tells its operator. Called from the server's threads; must return quickly.
public interface ServerEvents {
    /// Says nothing.
    ServerEvents SILENT = new ServerEvents() {};

    /// @param connection 0 for the first since the start, then 1, 2, ...
    /// @param peer       the client's address
    default void opened(long connection, String peer) {}

    /// The connection is gone, whoever ended it.
    default void closed(long connection, String why) {}

    /// A request could not be answered; the client was told `message` and its connection ends.
    ///
    /// @param bug what went wrong where it is the server's fault, null where it is the client's
    default void failed(long connection, String message, Throwable bug) {}
}
