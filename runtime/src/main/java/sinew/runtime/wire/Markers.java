package sinew.runtime.wire;

/// The keys by which a map says that it is a numpy array or scalar.
final class Markers {
    static final String NDARRAY = "__ndarray__";
    static final String SCALAR = "__npgeneric__";
    static final String DATA = "data";
    static final String DTYPE = "dtype";
    static final String SHAPE = "shape";

    private Markers() {}
}
