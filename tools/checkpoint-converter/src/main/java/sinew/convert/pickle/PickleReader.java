package sinew.convert.pickle;

/// Reads a pickle of protocol 2 to 5 into plain data.
public final class PickleReader {
    private PickleReader() {}

    /// The value in the pickle, as a tree of unmodifiable maps and lists.
    ///
    /// @throws PickleException when the pickle is damaged, exceeds the limits, or names a class that the environment
    ///                         does not know
    public static Object read(byte[] pickle, PickleEnvironment environment, PickleLimits limits) {
        Object value = new PickleMachine(new ByteCursor(pickle), environment, limits).run();
        return new PlainTree(limits).of(value);
    }
}
