package sinew.convert.pickle;

/// How much work a pickle may cause before it is refused.
///
/// @param opcodes instructions in the pickle, which also bounds the objects made and remembered
/// @param depth   nested containers, while reading and in the result
/// @param nodes   values in the resulting tree, where a shared value counts once for each place that it stands in
public record PickleLimits(int opcodes, int depth, int nodes) {
    /// Far above a real checkpoint: a thousand tensors take about fifty thousand instructions, and nest five deep.
    public static final PickleLimits DEFAULT = new PickleLimits(4_000_000, 100, 1_000_000);

    /// @throws IllegalArgumentException when a limit is not positive, or the depth too large for the call stack
    public PickleLimits {
        if (opcodes < 1 || depth < 1 || depth > 1000 || nodes < 1) {
            throw new IllegalArgumentException("limits must be positive, and the depth at most 1000");
        }
    }
}
