package sinew.bench;

/// One way of computing something that is timed, ours or another's.
interface Contender extends AutoCloseable {
    String name();

    /// Sets up what a run destroys; not timed.
    void prepare();

    /// What is timed.
    void run();

    /// What the last run made, channels last.
    float[] output();

    @Override
    void close();
}
