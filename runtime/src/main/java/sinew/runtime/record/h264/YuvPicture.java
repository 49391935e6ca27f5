package sinew.runtime.record.h264;

/// A picture in YUV 4:2:0, padded to whole macroblocks.
///
/// @param stride  luma samples per line, a multiple of 16; chroma has half
/// @param lines   luma lines, a multiple of 16
/// @param luma    [lines][stride], unsigned
/// @param blue    Cb, [lines / 2][stride / 2]
/// @param red     Cr, likewise
public record YuvPicture(int stride, int lines, byte[] luma, byte[] blue, byte[] red) {
    static YuvPicture of(int width, int height) {
        int stride = width + 15 & ~15;
        int lines = height + 15 & ~15;
        return new YuvPicture(
                stride, lines, new byte[stride * lines], new byte[stride * lines / 4], new byte[stride * lines / 4]);
    }
}
