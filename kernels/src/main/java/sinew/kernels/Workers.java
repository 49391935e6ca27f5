package sinew.kernels;

/// A fixed team of threads that runs one region at a time, each member one part of it. The caller is
/// member 0. The number of members never changes a result: see [Kernels].
public interface Workers extends AutoCloseable {
    /// One parallel region.
    @FunctionalInterface
    interface Region {
        void run(int part, int parts);
    }

    /// Number of members, the caller included.
    int size();

    /// Runs all parts of the region and returns when the last is done. Not reentrant; one caller at a time.
    /// An error thrown by any part is thrown here after all parts ended.
    void run(Region region);

    @Override
    void close();

    /// A team of `threads` members: the caller and `threads - 1` daemon threads named `worker-N`.
    static Workers of(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("a team needs at least one member, not " + threads);
        }
        return threads == 1 ? new SoloWorker() : new WorkerTeam(threads);
    }
}
