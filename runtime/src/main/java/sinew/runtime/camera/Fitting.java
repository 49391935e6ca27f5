package sinew.runtime.camera;

/// Turns a camera's picture into the one that is delivered: rotated, cropped about its middle to the wanted aspect, and
/// resized with linear interpolation between the centres of pixels (as OpenCV's INTER_LINEAR).
final class Fitting {
    private static final int ONE = 1 << 11; // fixed point, as OpenCV

    private final int rotation;
    private final int width;
    private final int height;
    private final Picture turned = new Picture();
    private final int[] left;
    private final int[] leftWeight;
    private int preparedWidth;
    private int preparedHeight;
    private int cropX;
    private int cropY;
    private int cropWidth;
    private int cropHeight;

    Fitting(int rotation, int width, int height) {
        this.rotation = rotation;
        this.width = width;
        this.height = height;
        this.left = new int[width];
        this.leftWeight = new int[width];
    }

    /// What of a picture of this size, after rotation, is left: x, y, width, height.
    static int[] crop(int sourceWidth, int sourceHeight, int width, int height) {
        if ((long) sourceWidth * height > (long) sourceHeight * width) {
            int cropped = (int) Math.max(1, Math.round((double) sourceHeight * width / height));
            return new int[] {(sourceWidth - cropped) / 2, 0, cropped, sourceHeight};
        }
        int cropped = (int) Math.max(1, Math.round((double) sourceWidth * height / width));
        return new int[] {0, (sourceHeight - cropped) / 2, sourceWidth, cropped};
    }

    /// @param into receives [height, width, 3]
    void fit(Picture picture, byte[] into) {
        Picture upright = turn(picture);
        if (upright.width == width && upright.height == height) {
            System.arraycopy(upright.rgb, 0, into, 0, width * height * 3);
            return;
        }
        prepare(upright.width, upright.height);
        for (int y = 0; y < height; y++) {
            double at = Math.clamp((y + 0.5) * cropHeight / height - 0.5, 0, cropHeight - 1);
            int top = Math.min((int) at, Math.max(0, cropHeight - 2));
            int bottomWeight = (int) Math.round((at - top) * ONE);
            int upper = ((cropY + top) * upright.width + cropX) * 3;
            int lower = cropHeight > 1 ? upper + upright.width * 3 : upper;
            row(upright.rgb, upper, lower, bottomWeight, into, y * width * 3);
        }
    }

    private void row(byte[] rgb, int upper, int lower, int bottomWeight, byte[] into, int out) {
        int topWeight = ONE - bottomWeight;
        int o = out;
        for (int x = 0; x < width; x++) {
            int a = left[x] * 3;
            int b = cropWidth > 1 ? a + 3 : a;
            int weight = leftWeight[x];
            for (int c = 0; c < 3; c++) {
                int above = (rgb[upper + a + c] & 0xFF) * weight + (rgb[upper + b + c] & 0xFF) * (ONE - weight);
                int below = (rgb[lower + a + c] & 0xFF) * weight + (rgb[lower + b + c] & 0xFF) * (ONE - weight);
                into[o++] = (byte) ((int) ((long) above * topWeight + (long) below * bottomWeight + (1 << 21) >> 22));
            }
        }
    }

    private void prepare(int sourceWidth, int sourceHeight) {
        if (sourceWidth == preparedWidth && sourceHeight == preparedHeight) {
            return;
        }
        preparedWidth = sourceWidth;
        preparedHeight = sourceHeight;
        int[] crop = crop(sourceWidth, sourceHeight, width, height);
        cropX = crop[0];
        cropY = crop[1];
        cropWidth = crop[2];
        cropHeight = crop[3];
        for (int x = 0; x < width; x++) {
            double at = Math.clamp((x + 0.5) * cropWidth / width - 0.5, 0, cropWidth - 1);
            left[x] = Math.min((int) at, Math.max(0, cropWidth - 2));
            leftWeight[x] = ONE - (int) Math.round((at - left[x]) * ONE);
        }
    }

    private Picture turn(Picture p) {
        if (rotation == 0) {
            return p;
        }
        boolean sideways = rotation != 180;
        turned.resize(sideways ? p.height : p.width, sideways ? p.width : p.height);
        for (int y = 0; y < turned.height; y++) {
            for (int x = 0; x < turned.width; x++) {
                int from = switch (rotation) {
                    case 90 -> (p.height - 1 - x) * p.width + y;
                    case 180 -> (p.height - 1 - y) * p.width + p.width - 1 - x;
                    default -> x * p.width + p.width - 1 - y;
                };
                int to = (y * turned.width + x) * 3;
                turned.rgb[to] = p.rgb[from * 3];
                turned.rgb[to + 1] = p.rgb[from * 3 + 1];
                turned.rgb[to + 2] = p.rgb[from * 3 + 2];
            }
        }
        return turned;
    }
}
