package sinew.runtime.record.h264;

/// Samples guessed from what the decoder already has (H.264, 8.3.3 and 8.3.4), without filters.
final class Prediction {
    private Prediction() {}

    /// Fills a 16x16 luma prediction: 0 vertical, 1 horizontal, 2 DC.
    static void intraLuma(YuvPicture recon, int x, int y, int mode, int[] out) {
        byte[] luma = recon.luma();
        int stride = recon.stride();
        int at = y * stride + x;
        int mean = mode == 2 ? lumaMean(luma, stride, x, y) : 0;
        for (int row = 0; row < 16; row++) {
            for (int column = 0; column < 16; column++) {
                out[row * 16 + column] = switch (mode) {
                    case 0 -> luma[at - stride + column] & 255;
                    case 1 -> luma[at + row * stride - 1] & 255;
                    default -> mean;
                };
            }
        }
    }

    private static int lumaMean(byte[] luma, int stride, int x, int y) {
        int at = y * stride + x;
        int sum = 0;
        int count = 0;
        if (y > 0) {
            sum += sum(luma, at - stride, 1, 16);
            count += 16;
        }
        if (x > 0) {
            sum += sum(luma, at - 1, stride, 16);
            count += 16;
        }
        return count == 0 ? 128 : (sum + count / 2) / count;
    }

    /// Fills an 8x8 chroma DC prediction: each 4x4 block has a mean of its own, of the neighbours that 8.3.4 says.
    static void intraChroma(byte[] plane, int stride, int x, int y, int[] out) {
        for (int b = 0; b < 4; b++) {
            int bx = b % 2 * 4;
            int by = b / 2 * 4;
            int mean = chromaMean(plane, stride, x, y, bx, by);
            for (int row = 0; row < 4; row++) {
                for (int column = 0; column < 4; column++) {
                    out[(by + row) * 8 + bx + column] = mean;
                }
            }
        }
    }

    private static int chromaMean(byte[] plane, int stride, int x, int y, int bx, int by) {
        boolean top = y > 0;
        boolean left = x > 0;
        int above = top ? sum(plane, (y - 1) * stride + x + bx, 1, 4) : 0;
        int beside = left ? sum(plane, (y + by) * stride + x - 1, stride, 4) : 0;
        if (!top && !left) {
            return 128;
        }
        if (bx == by && top && left) {
            return above + beside + 4 >> 3;
        }
        // the upper right block leans on what is above, the lower left one on what is beside
        boolean useAbove = bx > by || bx == by ? top : !left;
        return (useAbove ? above : beside) + 2 >> 2;
    }

    private static int sum(byte[] plane, int at, int step, int count) {
        int sum = 0;
        for (int i = 0; i < count; i++) {
            sum += plane[at + i * step] & 255;
        }
        return sum;
    }

    static void copy(byte[] plane, int stride, int x, int y, int size, int[] out) {
        for (int row = 0; row < size; row++) {
            int at = (y + row) * stride + x;
            for (int column = 0; column < size; column++) {
                out[row * size + column] = plane[at + column] & 255;
            }
        }
    }

    /// Sum of absolute differences from a 16x16 luma prediction.
    static int cost(YuvPicture source, int x, int y, int[] predicted) {
        byte[] luma = source.luma();
        int cost = 0;
        for (int row = 0; row < 16; row++) {
            int at = (y + row) * source.stride() + x;
            for (int column = 0; column < 16; column++) {
                cost += Math.abs((luma[at + column] & 255) - predicted[row * 16 + column]);
            }
        }
        return cost;
    }
}
