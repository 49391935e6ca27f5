package sinew.runtime.sim;

/// The table's picture: wooden boards and the black marks, one texel per millimetre.
final class TableTop {
    static final double TEXELS_PER_METRE = 1000;
    static final double X0 = -0.95;
    static final double Y0 = -0.60;
    static final int SIZE = 1200;

    private static final double BOARD = 0.145;
    private static final double[] WOOD = {198, 164, 122};
    private static final byte[] GRAIN = grain();

    /// Colours [SIZE, SIZE], 0xRRGGBB; rows along y, columns along x.
    final int[] texels = new int[SIZE * SIZE];

    TableTop(SimTask task, Variation look) {
        double brightness = look.ambient() + look.lamp() * look.light()[2];
        double[] gain = new double[3];
        for (int i = 0; i < 3; i++) {
            gain[i] = WOOD[i] * look.table()[i] * look.tint()[i] * brightness / 128;
        }
        int[] palette = new int[256];
        for (int g = 0; g < 256; g++) {
            palette[g] = pack(g * gain[0], g * gain[1], g * gain[2]);
        }
        for (int i = 0; i < texels.length; i++) {
            texels[i] = palette[GRAIN[i] & 0xFF];
        }
        if (task == SimTask.LIFT) {
            faintlyBlue(-0.545, -0.24, -0.385, -0.16);
        }
        int ink = pack(26 * brightness, 26 * brightness, 28 * brightness);
        double half = 0.01, reach = 0.28 + half;
        stroke(ink, -0.555 - half, -reach, -0.555 + half, reach);
        stroke(ink, -0.395 - half, -reach, -0.395 + half, reach);
        for (int side = -1; side <= 1; side += 2) {
            stroke(ink, -0.715, side * 0.09 - half, -0.395, side * 0.09 + half);
            stroke(ink, -0.555, side * 0.28 - half, -0.395, side * 0.28 + half);
        }
    }

    private void stroke(int colour, double x0, double y0, double x1, double y1) {
        for (int row = row(y0); row < row(y1); row++) {
            for (int col = column(x0); col < column(x1); col++) {
                texels[row * SIZE + col] = colour;
            }
        }
    }

    private void faintlyBlue(double x0, double y0, double x1, double y1) {
        for (int row = row(y0); row < row(y1); row++) {
            for (int col = column(x0); col < column(x1); col++) {
                int c = texels[row * SIZE + col];
                int r = c >> 16 & 0xFF, g = c >> 8 & 0xFF, b = c & 0xFF;
                texels[row * SIZE + col] = pack(r * 0.86, g * 0.94, b * 0.85 + 42);
            }
        }
    }

    private static int row(double y) {
        return (int) Math.round((y - Y0) * TEXELS_PER_METRE);
    }

    private static int column(double x) {
        return (int) Math.round((x - X0) * TEXELS_PER_METRE);
    }

    static int pack(double r, double g, double b) {
        int ri = Math.clamp((long) r, 0, 255), gi = Math.clamp((long) g, 0, 255), bi = Math.clamp((long) b, 0, 255);
        return ri << 16 | gi << 8 | bi;
    }

    /// Brightness of the wood around 128: long fibres along y, a tone for each board and the seams between boards.
    private static byte[] grain() {
        byte[] out = new byte[SIZE * SIZE];
        for (int row = 0; row < SIZE; row++) {
            double y = row / TEXELS_PER_METRE;
            for (int col = 0; col < SIZE; col++) {
                double x = col / TEXELS_PER_METRE;
                int board = (int) Math.floor(x / BOARD);
                double inBoard = x - board * BOARD;
                double along = y * 7 + board * 13.7;
                double wave = noise(x * 60 + board * 31, along * 0.6);
                double rings = Math.sin((inBoard * 210 + 5 * wave + 2.2 * noise(board * 5.1, along * 0.35)) * 1.6);
                double fibre = noise(x * 900, along * 3) + 0.5 * noise(x * 350, along * 1.3);
                double tone = 8 * hash(board, 77) + 5 * rings + 6 * fibre;
                double seam = inBoard < 0.0012 ? -26 : 0;
                out[row * SIZE + col] = (byte) Math.clamp(Math.round(128 + tone + seam), 0, 255);
            }
        }
        return out;
    }

    /// Value noise in [-1, 1].
    private static double noise(double x, double y) {
        int ix = (int) Math.floor(x), iy = (int) Math.floor(y);
        double fx = x - ix, fy = y - iy;
        double sx = fx * fx * (3 - 2 * fx), sy = fy * fy * (3 - 2 * fy);
        double top = hash(ix, iy) * (1 - sx) + hash(ix + 1, iy) * sx;
        double bottom = hash(ix, iy + 1) * (1 - sx) + hash(ix + 1, iy + 1) * sx;
        return top * (1 - sy) + bottom * sy;
    }

    private static double hash(int x, int y) {
        int h = x * 0x27d4eb2d ^ y * 0x165667b1;
        h = (h ^ h >>> 15) * 0x2c1b3c6d;
        h = (h ^ h >>> 12) * 0x297a2d39;
        h ^= h >>> 15;
        return h / 2147483648.0;
    }
}
