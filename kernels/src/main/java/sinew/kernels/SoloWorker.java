package sinew.kernels;

/// A team of the caller alone.
final class SoloWorker implements Workers {
    @Override
    public int size() {
        return 1;
    }

    @Override
    public void run(Region region) {
        region.run(0, 1);
    }

    @Override
    public void close() {}
}
