package sinew.kernels;

import java.lang.foreign.MemorySegment;

/// A 2-D convolution with a square stride and equal zero padding on all sides.
///
/// @param bias [cout] floats, or null
public record Conv2d(
        int heightIn,
        int widthIn,
        int cin,
        int cout,
        int kernelHeight,
        int kernelWidth,
        int stride,
        int pad,
        Panels weights,
        MemorySegment bias) {
    public int heightOut() {
        return (heightIn + 2 * pad - kernelHeight) / stride + 1;
    }

    public int widthOut() {
        return (widthIn + 2 * pad - kernelWidth) / stride + 1;
    }
}
