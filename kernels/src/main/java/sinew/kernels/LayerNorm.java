package sinew.kernels;

import java.lang.foreign.MemorySegment;

/// Normalisation of each row over its channels (Ba et al. 2016), biased variance.
///
/// @param gamma [channels] floats, or null for a norm without parameters; then `beta` is null too
/// @param beta  [channels] floats, or null
public record LayerNorm(int channels, float epsilon, MemorySegment gamma, MemorySegment beta) {
    public LayerNorm {
        if ((gamma == null) != (beta == null)) {
            throw new IllegalArgumentException("a layer norm has both gamma and beta, or neither");
        }
    }

    /// A norm without parameters.
    public LayerNorm(int channels, float epsilon) {
        this(channels, epsilon, null, null);
    }
}
