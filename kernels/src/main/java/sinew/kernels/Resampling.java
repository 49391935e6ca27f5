package sinew.kernels;

import java.lang.foreign.MemorySegment;

/// From a picture of bytes [H, W, 3] to floats [h * w, 3]: a pass along the rows, then one along the columns, each a
/// weighted sum of neighbouring pixels, the first of which reads its values from a table; then optionally
/// (x - center) / scale + shift per channel, for pixels that lie inside the picture. Pixels that lie outside are 0.
///
/// @param firstRow   first source row that any output needs
/// @param rows       number of source rows that outputs need
/// @param pixel      [3, 256] floats, what each level of each channel is worth
/// @param after      [3, 3] floats: center, scale, shift; or null
/// @param horizontal of the w outputs of a row
/// @param vertical   of the h outputs of a column
public record Resampling(
        int sourceHeight,
        int sourceWidth,
        int firstRow,
        int rows,
        MemorySegment pixel,
        MemorySegment after,
        Axis horizontal,
        Axis vertical) {
    public static final int CHANNELS = 3;

    /// Where the pixels of one axis come from: output i is the sum of the source pixels first[i] .. first[i] + count[i] -
    /// 1, weighted by weights[i, 0..count[i] - 1]. Outputs with count 0 lie outside.
    ///
    /// @param first   [outputs] ints
    /// @param count   [outputs] ints
    /// @param weights [outputs, taps] floats
    public record Axis(int outputs, int taps, MemorySegment first, MemorySegment count, MemorySegment weights) {}

    /// Floats between the two passes: [rows, w * 3].
    public long scratchFloats() {
        return (long) rows * horizontal.outputs() * CHANNELS;
    }
}
