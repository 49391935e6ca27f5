package sinew.runtime.compare;

/// Hears how a comparison goes on.
@FunctionalInterface
public interface ComparisonProgress {
    /// @param done  predictions of each policy that are done
    /// @param total predictions of each policy
    void predicted(int done, int total);
}
