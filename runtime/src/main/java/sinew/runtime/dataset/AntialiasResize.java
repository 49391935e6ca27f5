package sinew.runtime.dataset;

import sinew.engine.policy.Image;

/// Shrinks pictures with a triangle filter as wide as the ratio, rows and columns apart, as PIL and torch do it with
/// `antialias=True`.
final class AntialiasResize {
    private final int fromHeight;
    private final int fromWidth;
    private final Taps rows;
    private final Taps columns;
    private final float[] between; // [fromHeight, width, 3]

    /// For each place of the target the first source place and the weights.
    private record Taps(int[] first, float[][] weights) {
        static Taps of(int from, int to) {
            double ratio = (double) from / to, support = Math.max(1, ratio);
            int[] first = new int[to];
            float[][] weights = new float[to][];
            for (int i = 0; i < to; i++) {
                double centre = (i + 0.5) * ratio;
                first[i] = Math.max(0, (int) (centre - support + 0.5));
                int end = Math.min(from, (int) (centre + support + 0.5));
                weights[i] = new float[end - first[i]];
                double sum = 0;
                for (int k = 0; k < weights[i].length; k++) {
                    double w = Math.max(0, 1 - Math.abs((k + first[i] - centre + 0.5) / support));
                    weights[i][k] = (float) w;
                    sum += w;
                }
                for (int k = 0; k < weights[i].length; k++) {
                    weights[i][k] /= (float) sum;
                }
            }
            return new Taps(first, weights);
        }
    }

    AntialiasResize(int fromHeight, int fromWidth, int height, int width) {
        this.fromHeight = fromHeight;
        this.fromWidth = fromWidth;
        rows = Taps.of(fromHeight, height);
        columns = Taps.of(fromWidth, width);
        between = new float[fromHeight * width * 3];
    }

    /// The small picture [height, width, 3], rounded.
    byte[] apply(Image image) {
        if (image.height() != fromHeight || image.width() != fromWidth) {
            throw new IllegalArgumentException("expected a picture of " + fromHeight + "x" + fromWidth + ", got "
                    + image.height() + "x" + image.width());
        }
        int width = columns.first.length, height = rows.first.length;
        byte[] rgb = image.rgb();
        for (int y = 0; y < fromHeight; y++) {
            for (int x = 0; x < width; x++) {
                float r = 0, g = 0, b = 0;
                int p = (y * fromWidth + columns.first[x]) * 3;
                for (float w : columns.weights[x]) {
                    r += w * (rgb[p] & 0xFF);
                    g += w * (rgb[p + 1] & 0xFF);
                    b += w * (rgb[p + 2] & 0xFF);
                    p += 3;
                }
                int o = (y * width + x) * 3;
                between[o] = r;
                between[o + 1] = g;
                between[o + 2] = b;
            }
        }
        byte[] out = new byte[height * width * 3];
        for (int y = 0; y < height; y++) {
            for (int o = 0; o < 3 * width; o++) {
                float sum = 0.5f;
                int p = rows.first[y] * 3 * width + o;
                for (float w : rows.weights[y]) {
                    sum += w * between[p];
                    p += 3 * width;
                }
                out[y * 3 * width + o] = (byte) Math.clamp((int) sum, 0, 255);
            }
        }
        return out;
    }
}
