package sinew.kernels;

/// Splits `units` of work into contiguous pieces that differ by one unit at most.
final class Parts {
    private Parts() {}

    /// First unit of a piece; the piece ends where the next one begins.
    static int begin(int units, int part, int parts) {
        return (int) ((long) units * part / parts);
    }
}
