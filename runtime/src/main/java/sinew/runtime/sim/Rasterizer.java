package sinew.runtime.sim;

/// Fills triangles into a picture with a depth buffer. Colours run linearly between the corners.
final class Rasterizer {
    private final int width;
    private final int height;
    /// 0xRRGGBB, [height, width].
    final int[] pixels;
    /// 1 / distance, [height, width]; larger is nearer.
    private final float[] depth;
    private int dirtyTop;
    private int dirtyBottom;

    Rasterizer(int width, int height) {
        this.width = width;
        this.height = height;
        pixels = new int[width * height];
        depth = new float[width * height];
        dirtyTop = height;
    }

    /// Forgets the depths of the last picture; pixels are the caller's to fill.
    void clearDepth() {
        if (dirtyTop < dirtyBottom) {
            java.util.Arrays.fill(depth, dirtyTop * width, dirtyBottom * width, 0f);
        }
        dirtyTop = height;
        dirtyBottom = 0;
    }

    /// Draws one triangle, whichever way round.
    ///
    /// @param v three corners of (x, y, 1/distance, red, green, blue), pixels and 0..255
    /// @param o the offsets of the corners in v
    void triangle(float[] v, int o0, int o1, int o2) {
        float x0 = v[o0], y0 = v[o0 + 1], x1 = v[o1], y1 = v[o1 + 1], x2 = v[o2], y2 = v[o2 + 1];
        float top = Math.min(y0, Math.min(y1, y2)), bottom = Math.max(y0, Math.max(y1, y2));
        int firstRow = Math.max(0, (int) Math.ceil(top - 0.5f));
        int endRow = Math.min(height, (int) Math.ceil(bottom - 0.5f));
        float area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0);
        if (firstRow >= endRow || Math.abs(area) < 1e-6f) {
            return;
        }
        dirtyTop = Math.min(dirtyTop, firstRow);
        dirtyBottom = Math.max(dirtyBottom, endRow);
        float inv = 1 / area;
        float ax = (y2 - y0) * inv, bx = (y0 - y1) * inv, ay = (x0 - x2) * inv, by = (x1 - x0) * inv;
        float dzx = slope(v, o0, o1, o2, 2, ax, bx), dzy = slope(v, o0, o1, o2, 2, ay, by);
        float drx = slope(v, o0, o1, o2, 3, ax, bx), dry = slope(v, o0, o1, o2, 3, ay, by);
        float dgx = slope(v, o0, o1, o2, 4, ax, bx), dgy = slope(v, o0, o1, o2, 4, ay, by);
        float dbx = slope(v, o0, o1, o2, 5, ax, bx), dby = slope(v, o0, o1, o2, 5, ay, by);
        int stepR = fixed(drx), stepG = fixed(dgx), stepB = fixed(dbx);
        for (int row = firstRow; row < endRow; row++) {
            float y = row + 0.5f;
            float left = Float.MAX_VALUE, right = -Float.MAX_VALUE;
            if (crosses(y0, y1, y)) {
                float x = x0 + (y - y0) / (y1 - y0) * (x1 - x0);
                left = Math.min(left, x);
                right = Math.max(right, x);
            }
            if (crosses(y1, y2, y)) {
                float x = x1 + (y - y1) / (y2 - y1) * (x2 - x1);
                left = Math.min(left, x);
                right = Math.max(right, x);
            }
            if (crosses(y2, y0, y)) {
                float x = x2 + (y - y2) / (y0 - y2) * (x0 - x2);
                left = Math.min(left, x);
                right = Math.max(right, x);
            }
            int from = Math.max(0, (int) Math.ceil(left - 0.5f));
            int to = Math.min(width, (int) Math.ceil(right - 0.5f));
            if (from >= to) {
                continue;
            }
            float dx = from + 0.5f - x0, dy = y - y0;
            span(row * width + from, row * width + to,
                    v[o0 + 2] + dx * dzx + dy * dzy, dzx,
                    fixed(v[o0 + 3] + dx * drx + dy * dry), stepR,
                    fixed(v[o0 + 4] + dx * dgx + dy * dgy), stepG,
                    fixed(v[o0 + 5] + dx * dbx + dy * dby), stepB);
        }
    }

    private static boolean crosses(float a, float b, float y) {
        return a <= y != b <= y;
    }

    private static float slope(float[] v, int o0, int o1, int o2, int k, float a, float b) {
        return (v[o1 + k] - v[o0 + k]) * a + (v[o2 + k] - v[o0 + k]) * b;
    }

    private static int fixed(float value) {
        return (int) (value * 65536f);
    }

    private void span(int from, int to, float z, float dz, int r, int dr, int g, int dg, int b, int db) {
        int[] out = pixels;
        float[] near = depth;
        for (int p = from; p < to; p++) {
            if (z > near[p]) {
                near[p] = z;
                out[p] = r & 0xFF0000 | g >> 8 & 0xFF00 | b >> 16 & 0xFF;
            }
            z += dz;
            r += dr;
            g += dg;
            b += db;
        }
    }
}
