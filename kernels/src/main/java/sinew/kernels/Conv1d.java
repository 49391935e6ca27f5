package sinew.kernels;

import java.lang.foreign.MemorySegment;

/// A 1-D convolution over time with zero padding on both sides.
///
/// @param timeIn length of the input in time
/// @param bias   [cout] floats, or null
public record Conv1d(
        int timeIn, int cin, int cout, int taps, int stride, int pad, Panels weights, MemorySegment bias) {
    public int timeOut() {
        return (timeIn + 2 * pad - taps) / stride + 1;
    }
}
