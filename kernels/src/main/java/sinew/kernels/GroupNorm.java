package sinew.kernels;

import java.lang.foreign.MemorySegment;

/// Group normalisation over positions and the channels of a group (Wu and He 2018), biased variance.
///
/// @param gamma [channels] floats
/// @param beta  [channels] floats
public record GroupNorm(int groups, int channels, float epsilon, MemorySegment gamma, MemorySegment beta) {
    public GroupNorm {
        if (groups < 1 || channels % groups != 0) {
            throw new IllegalArgumentException(channels + " channels do not divide into " + groups + " groups");
        }
    }
}
