package sinew.runtime.sim;

import java.util.Arrays;

/// How much of the lamp's light each texel of the table misses: the solids' outlines thrown onto the table and
/// softened.
final class ShadowMap {
    private static final int SIZE = TableTop.SIZE;
    /// Half width of the softening, in texels.
    private static final int BLUR = 4;
    private static final int FULL = 255;

    /// 0 lit to 255 dark, [SIZE, SIZE].
    final byte[] cover = new byte[SIZE * SIZE];
    private final byte[] hard = new byte[SIZE * SIZE];
    private final int[] sums = new int[SIZE];
    private int left = SIZE;
    private int right;
    private int top = SIZE;
    private int bottom;

    /// Forgets the last shadows.
    void clear() {
        for (int row = Math.max(0, top - 2 * BLUR); row < Math.min(SIZE, bottom + 2 * BLUR); row++) {
            int from = row * SIZE + Math.max(0, left - 2 * BLUR), to = row * SIZE + Math.min(SIZE, right + 2 * BLUR);
            Arrays.fill(hard, from, to, (byte) 0);
            Arrays.fill(cover, from, to, (byte) 0);
        }
        left = SIZE;
        top = SIZE;
        right = 0;
        bottom = 0;
    }

    /// Throws a body's shadow.
    void add(Mesh mesh, Transform pose, double[] light) {
        // A point p falls on p - light * p.z / light.z; then into texels.
        double scale = TableTop.TEXELS_PER_METRE, lx = light[0] / light[2], ly = light[1] / light[2];
        float ux = (float) ((pose.xx() - lx * pose.zx()) * scale), uy = (float) ((pose.xy() - lx * pose.zy()) * scale);
        float uz = (float) ((pose.xz() - lx * pose.zz()) * scale);
        float u0 = (float) ((pose.x() - lx * pose.z() - TableTop.X0) * scale);
        float vx = (float) ((pose.yx() - ly * pose.zx()) * scale), vy = (float) ((pose.yy() - ly * pose.zy()) * scale);
        float vz = (float) ((pose.yz() - ly * pose.zz()) * scale);
        float v0 = (float) ((pose.y() - ly * pose.z() - TableTop.Y0) * scale);
        float[] p = mesh.points;
        for (int i = 0; i < 9 * mesh.triangles; i += 9) {
            float x0 = u0 + ux * p[i] + uy * p[i + 1] + uz * p[i + 2];
            float y0 = v0 + vx * p[i] + vy * p[i + 1] + vz * p[i + 2];
            float x1 = u0 + ux * p[i + 3] + uy * p[i + 4] + uz * p[i + 5];
            float y1 = v0 + vx * p[i + 3] + vy * p[i + 4] + vz * p[i + 5];
            float x2 = u0 + ux * p[i + 6] + uy * p[i + 7] + uz * p[i + 8];
            float y2 = v0 + vx * p[i + 6] + vy * p[i + 7] + vz * p[i + 8];
            // Only the lit sides: they have the same outline as all.
            if ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0) > 0) {
                fill(x0, y0, x1, y1, x2, y2);
            }
        }
    }

    private void fill(float x0, float y0, float x1, float y1, float x2, float y2) {
        int first = Math.max(BLUR, (int) Math.ceil(Math.min(y0, Math.min(y1, y2)) - 0.5f));
        int end = Math.min(SIZE - BLUR, (int) Math.ceil(Math.max(y0, Math.max(y1, y2)) - 0.5f));
        for (int row = first; row < end; row++) {
            float y = row + 0.5f;
            float a = edge(x0, y0, x1, y1, y), b = edge(x1, y1, x2, y2, y), c = edge(x2, y2, x0, y0, y);
            float low = Float.MAX_VALUE, high = -Float.MAX_VALUE;
            if (a == a) {
                low = a;
                high = a;
            }
            if (b == b) {
                low = Math.min(low, b);
                high = Math.max(high, b);
            }
            if (c == c) {
                low = Math.min(low, c);
                high = Math.max(high, c);
            }
            int from = Math.max(BLUR, (int) Math.ceil(low - 0.5f));
            int to = Math.min(SIZE - BLUR, (int) Math.ceil(high - 0.5f));
            if (from < to) {
                Arrays.fill(hard, row * SIZE + from, row * SIZE + to, (byte) 1);
                left = Math.min(left, from);
                right = Math.max(right, to);
                top = Math.min(top, row);
                bottom = Math.max(bottom, row + 1);
            }
        }
    }

    /// Where an edge crosses the row, or NaN.
    private static float edge(float xa, float ya, float xb, float yb, float y) {
        return ya <= y != yb <= y ? xa + (y - ya) / (yb - ya) * (xb - xa) : Float.NaN;
    }

    /// Softens the outlines: a running mean over a square.
    void soften() {
        if (left >= right) {
            return;
        }
        int fromCol = left - BLUR, toCol = right + BLUR;
        int area = (2 * BLUR + 1) * (2 * BLUR + 1);
        Arrays.fill(sums, fromCol, toCol, 0);
        for (int row = top - BLUR; row < bottom + BLUR; row++) {
            addRow(row + BLUR, 1, fromCol, toCol);
            addRow(row - BLUR - 1, -1, fromCol, toCol);
            int run = 0;
            for (int col = fromCol; col < Math.min(toCol, fromCol + BLUR); col++) {
                run += sums[col];
            }
            for (int col = fromCol; col < toCol; col++) {
                run += col + BLUR < toCol ? sums[col + BLUR] : 0;
                run -= col - BLUR - 1 >= fromCol ? sums[col - BLUR - 1] : 0;
                cover[row * SIZE + col] = (byte) (run * FULL / area);
            }
        }
    }

    private void addRow(int row, int sign, int fromCol, int toCol) {
        if (row < top || row >= bottom) {
            return;
        }
        for (int col = fromCol; col < toCol; col++) {
            sums[col] += sign * hard[row * SIZE + col];
        }
    }
}
