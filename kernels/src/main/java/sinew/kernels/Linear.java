package sinew.kernels;

import java.lang.foreign.MemorySegment;

/// A fully connected layer, or a part of one: inputs inputFrom .. inputFrom+inputs-1 of the packed weights.
///
/// @param bias [outputs] floats, or null for none (0)
public record Linear(int inputFrom, int inputs, int outputs, Panels weights, MemorySegment bias) {
    public Linear(int inputs, int outputs, Panels weights, MemorySegment bias) {
        this(0, inputs, outputs, weights, bias);
    }
}
