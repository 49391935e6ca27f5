package sinew.runtime.record;

import org.jcodec.common.model.ColorSpace;
import org.jcodec.common.model.Picture;

/// RGB to YUV 4:2:0 as video players expect it for small pictures: ITU-R BT.601, video range.
/// JCodec keeps samples minus 128.
final class Yuv {
    private Yuv() {}

    /// @param rgb [height][width][3] with even height and width
    static void fill(byte[] rgb, int height, int width, Picture out) {
        if (out.getColor() != ColorSpace.YUV420J) {
            throw new IllegalArgumentException("expected a 4:2:0 picture, got " + out.getColor());
        }
        byte[] luma = out.getPlaneData(0);
        byte[] blue = out.getPlaneData(1);
        byte[] red = out.getPlaneData(2);
        int chromaWidth = width / 2;
        for (int y = 0; y < height; y += 2) {
            lumaRow(rgb, y * width, width, luma);
            lumaRow(rgb, (y + 1) * width, width, luma);
            chromaRow(rgb, y * width, width, blue, red, y / 2 * chromaWidth);
        }
    }

    private static void lumaRow(byte[] rgb, int at, int width, byte[] luma) {
        for (int i = at, p = at * 3; i < at + width; i++, p += 3) {
            int value = 66 * (rgb[p] & 255) + 129 * (rgb[p + 1] & 255) + 25 * (rgb[p + 2] & 255) + 128 >> 8;
            luma[i] = (byte) (value + 16 - 128);
        }
    }

    private static void chromaRow(byte[] rgb, int at, int width, byte[] blue, byte[] red, int out) {
        int below = width * 3;
        for (int i = out, p = at * 3; i < out + width / 2; i++, p += 6) {
            int r = (rgb[p] & 255) + (rgb[p + 3] & 255) + (rgb[p + below] & 255) + (rgb[p + below + 3] & 255);
            int g = (rgb[p + 1] & 255) + (rgb[p + 4] & 255) + (rgb[p + below + 1] & 255) + (rgb[p + below + 4] & 255);
            int b = (rgb[p + 2] & 255) + (rgb[p + 5] & 255) + (rgb[p + below + 2] & 255) + (rgb[p + below + 5] & 255);
            blue[i] = (byte) (-38 * r - 74 * g + 112 * b + 512 >> 10);
            red[i] = (byte) (112 * r - 94 * g - 18 * b + 512 >> 10);
        }
    }
}
