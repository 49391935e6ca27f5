package sinew.runtime.record;

/// Brings every picture to the size of the video: even, that of the first picture.
final class FrameFitter {
    private final int height;
    private final int width;
    private byte[] fitted = {};

    FrameFitter(int height, int width) {
        this.height = height;
        this.width = width;
    }

    /// Area average when shrinking, nearest pixel when growing; the same array when the size fits.
    byte[] fit(byte[] rgb, int fromHeight, int fromWidth) {
        if (fromHeight == height && fromWidth == width) {
            return rgb;
        }
        if (fitted.length == 0) {
            fitted = new byte[height * width * 3];
        }
        for (int y = 0; y < height; y++) {
            int top = (int) ((long) y * fromHeight / height);
            int bottom = Math.max(top + 1, (int) ((long) (y + 1) * fromHeight / height));
            for (int x = 0; x < width; x++) {
                int left = (int) ((long) x * fromWidth / width);
                int right = Math.max(left + 1, (int) ((long) (x + 1) * fromWidth / width));
                average(rgb, fromWidth, top, bottom, left, right, (y * width + x) * 3);
            }
        }
        return fitted;
    }

    private void average(byte[] rgb, int stride, int top, int bottom, int left, int right, int out) {
        int area = (bottom - top) * (right - left);
        for (int c = 0; c < 3; c++) {
            int sum = area / 2;
            for (int y = top; y < bottom; y++) {
                for (int x = left; x < right; x++) {
                    sum += rgb[(y * stride + x) * 3 + c] & 255;
                }
            }
            fitted[out + c] = (byte) (sum / area);
        }
    }
}
