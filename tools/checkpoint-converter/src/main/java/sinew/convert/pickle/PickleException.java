package sinew.convert.pickle;

/// A pickle that is cut short, damaged, too large, or asks for a class that is not on the list. The message says
/// which, and at what byte.
public final class PickleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public PickleException(String problem) {
        super(problem);
    }
}
