package sinew.runtime.record;

import java.util.Arrays;
import sinew.runtime.record.h264.YuvPicture;

/// RGB to YUV 4:2:0 as video players expect it for small pictures: ITU-R BT.601, video range.
final class Yuv {
    private Yuv() {}

    /// Fills the picture and repeats its last column and row into the padding.
    ///
    /// @param rgb [height][width][3] with even height and width
    static void fill(byte[] rgb, int height, int width, YuvPicture out) {
        int stride = out.stride();
        for (int y = 0; y < height; y += 2) {
            lumaRow(rgb, y * width, width, out.luma(), y * stride);
            lumaRow(rgb, (y + 1) * width, width, out.luma(), (y + 1) * stride);
            chromaRow(rgb, y * width, width, out.blue(), out.red(), y / 2 * (stride / 2));
        }
        pad(out.luma(), stride, out.lines(), width, height);
        pad(out.blue(), stride / 2, out.lines() / 2, width / 2, height / 2);
        pad(out.red(), stride / 2, out.lines() / 2, width / 2, height / 2);
    }

    private static void lumaRow(byte[] rgb, int from, int width, byte[] luma, int to) {
        for (int x = 0, p = from * 3; x < width; x++, p += 3) {
            int value = 66 * (rgb[p] & 255) + 129 * (rgb[p + 1] & 255) + 25 * (rgb[p + 2] & 255) + 128 >> 8;
            luma[to + x] = (byte) (value + 16);
        }
    }

    private static void chromaRow(byte[] rgb, int from, int width, byte[] blue, byte[] red, int to) {
        int below = width * 3;
        for (int x = 0, p = from * 3; x < width / 2; x++, p += 6) {
            int r = (rgb[p] & 255) + (rgb[p + 3] & 255) + (rgb[p + below] & 255) + (rgb[p + below + 3] & 255);
            int g = (rgb[p + 1] & 255) + (rgb[p + 4] & 255) + (rgb[p + below + 1] & 255) + (rgb[p + below + 4] & 255);
            int b = (rgb[p + 2] & 255) + (rgb[p + 5] & 255) + (rgb[p + below + 2] & 255) + (rgb[p + below + 5] & 255);
            blue[to + x] = (byte) ((-38 * r - 74 * g + 112 * b + 512 >> 10) + 128);
            red[to + x] = (byte) ((112 * r - 94 * g - 18 * b + 512 >> 10) + 128);
        }
    }

    private static void pad(byte[] plane, int stride, int lines, int width, int height) {
        for (int y = 0; y < height && width < stride; y++) {
            Arrays.fill(plane, y * stride + width, (y + 1) * stride, plane[y * stride + width - 1]);
        }
        for (int y = height; y < lines; y++) {
            System.arraycopy(plane, (height - 1) * stride, plane, y * stride, stride);
        }
    }
}
