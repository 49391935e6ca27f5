package sinew.kernels;

import java.lang.foreign.MemorySegment;

/// A 1-D transposed convolution over time: out[o] sums x[i] * w[tap] over o = i * stride - pad + tap.
///
/// @param bias [cout] floats, or null
public record ConvTranspose1d(
        int timeIn, int cin, int cout, int taps, int stride, int pad, Panels weights, MemorySegment bias) {
    public int timeOut() {
        return (timeIn - 1) * stride - 2 * pad + taps;
    }
}
