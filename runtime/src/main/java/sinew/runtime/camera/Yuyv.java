package sinew.runtime.camera;

/// Converts the uncompressed pictures of USB cameras: Y0 U Y1 V for two pixels, BT.601, limited range.
final class Yuyv {
    private Yuyv() {}

    /// @param stride bytes of one line, at least 2 x width
    static void decode(byte[] yuyv, int stride, int width, int height, Picture into) {
        into.resize(width, height);
        byte[] rgb = into.rgb;
        int out = 0;
        for (int y = 0; y < height; y++) {
            int at = y * stride;
            for (int x = 0; x < width; x += 2, at += 4) {
                int u = (yuyv[at + 1] & 0xFF) - 128;
                int v = (yuyv[at + 3] & 0xFF) - 128;
                pixel(yuyv[at] & 0xFF, u, v, rgb, out);
                if (x + 1 < width) {
                    pixel(yuyv[at + 2] & 0xFF, u, v, rgb, out + 3);
                }
                out += x + 1 < width ? 6 : 3;
            }
        }
    }

    /// One pixel in BT.601, limited range.
    ///
    /// @param luma 16 for black to 235 for white
    /// @param u    blue against luma, 0 for grey
    /// @param v    red against luma, 0 for grey
    static void pixel(int luma, int u, int v, byte[] rgb, int out) {
        int grey = 76_309 * (luma - 16) + 32_768; // 1.164, and as below 1.596, 0.813, 0.391 and 2.018, times 65536
        rgb[out] = (byte) Math.clamp(grey + 104_597 * v >> 16, 0, 255);
        rgb[out + 1] = (byte) Math.clamp(grey - 53_279 * v - 25_675 * u >> 16, 0, 255);
        rgb[out + 2] = (byte) Math.clamp(grey + 132_201 * u >> 16, 0, 255);
    }
}
