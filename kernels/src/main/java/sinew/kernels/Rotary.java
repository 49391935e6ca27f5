package sinew.kernels;

import java.lang.foreign.MemorySegment;

/// Rotary position embedding (Su et al. 2021) in the form that pairs channel c with c + headSize/2 of each head,
/// not neighbouring channels.
///
/// @param positions tokens per sample
/// @param cosines   [positions, headSize/2] floats
/// @param sines     [positions, headSize/2] floats
public record Rotary(int heads, int headSize, int positions, MemorySegment cosines, MemorySegment sines) {
    public Rotary {
        if (headSize % 2 != 0) {
            throw new IllegalArgumentException("a head of " + headSize + " channels has no two halves to rotate");
        }
    }
}
