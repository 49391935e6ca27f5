package sinew.runtime.sim;

/// The table as a camera sees it, pixel by pixel. For a camera that stands still the texels are looked up once.
final class TableView {
    private static final int WIDTH = Camera.WIDTH;
    private static final int HEIGHT = Camera.HEIGHT;
    private static final int SIZE = TableTop.SIZE;
    private static final int NOWHERE = -1;

    private final TableTop table;
    private final int floor;
    /// What remains of a colour under each degree of shadow, in 256ths.
    private final int[] dim = new int[256];
    /// For a camera that stands still: the colour without shadows and the texel, [HEIGHT, WIDTH].
    private int[] still;
    private int[] texel;

    /// @param darkest brightness in full shadow relative to full light
    TableView(TableTop table, int floor, double darkest) {
        this.table = table;
        this.floor = floor;
        for (int i = 0; i < 256; i++) {
            dim[i] = (int) Math.round(256 * (1 - (1 - darkest) * i / 255));
        }
    }

    /// Looks up what a camera that will not move sees.
    void aim(Camera camera) {
        still = new int[WIDTH * HEIGHT];
        texel = new int[WIDTH * HEIGHT];
        Transform c = camera.pose();
        for (int p = 0; p < still.length; p++) {
            double px = (p % WIDTH + 0.5 - camera.cx()) / camera.fx();
            double py = (p / WIDTH + 0.5 - camera.cy()) / camera.fy();
            double seen = Math.hypot(px, py), gain = camera.curved() && seen > 0 ? Lens.undistorted(seen) / seen : 1;
            px *= gain;
            py *= gain;
            double away = -c.z() / (c.zx() * px + c.zy() * py + c.zz());
            double u = (c.x() + away * (c.xx() * px + c.xy() * py + c.xz()) - TableTop.X0) * TableTop.TEXELS_PER_METRE;
            double v = (c.y() + away * (c.yx() * px + c.yy() * py + c.yz()) - TableTop.Y0) * TableTop.TEXELS_PER_METRE;
            boolean onTable = away > 0 && u >= 0 && v >= 0 && u < SIZE && v < SIZE;
            texel[p] = onTable ? (int) v * SIZE + (int) u : NOWHERE;
            still[p] = onTable ? table.texels[texel[p]] : floor;
        }
    }

    /// Fills the picture of the camera aimed before.
    void draw(ShadowMap shadows, int[] pixels) {
        byte[] cover = shadows.cover;
        for (int p = 0; p < pixels.length; p++) {
            int at = texel[p], c = still[p];
            int shade = at == NOWHERE ? 0 : cover[at] & 0xFF;
            pixels[p] = shade == 0 ? c : darken(c, dim[shade]);
        }
    }

    /// Fills the picture of a camera that moves.
    void drawOnce(Camera camera, ShadowMap shadows, int[] pixels) {
        for (int row = 0; row < HEIGHT; row++) {
            row(camera, row, shadows.cover, pixels);
        }
    }

    /// Meets each pixel's ray with z = 0. For a pinhole, numerators and denominator of the meeting point run linearly
    /// along a row.
    private void row(Camera camera, int row, byte[] cover, int[] colours) {
        Transform c = camera.pose();
        double py = (row + 0.5 - camera.cy()) / camera.fy();
        double px = (0.5 - camera.cx()) / camera.fx(), step = 1 / camera.fx();
        double dx = c.xx() * px + c.xy() * py + c.xz(), dy = c.yx() * px + c.yy() * py + c.yz();
        double dz = c.zx() * px + c.zy() * py + c.zz();
        double scale = TableTop.TEXELS_PER_METRE;
        float un = (float) (scale * ((c.x() - TableTop.X0) * dz - c.z() * dx));
        float us = (float) (scale * ((c.x() - TableTop.X0) * c.zx() - c.z() * c.xx()) * step);
        float vn = (float) (scale * ((c.y() - TableTop.Y0) * dz - c.z() * dy));
        float vs = (float) (scale * ((c.y() - TableTop.Y0) * c.zx() - c.z() * c.yx()) * step);
        float wn = (float) dz, ws = (float) (c.zx() * step);
        int[] wood = table.texels;
        for (int col = 0, p = row * WIDTH; col < WIDTH; col++, p++) {
            int colour = floor;
            if (wn < -1e-4f) {
                float inv = 1 / wn, u = un * inv, v = vn * inv;
                if (u >= 0 && v >= 0 && u < SIZE && v < SIZE) {
                    int at = (int) v * SIZE + (int) u, shade = cover[at] & 0xFF;
                    colour = wood[at];
                    if (shade != 0) {
                        colour = darken(colour, dim[shade]);
                    }
                }
            }
            colours[p] = colour;
            un += us;
            vn += vs;
            wn += ws;
        }
    }

    private static int darken(int colour, int gain) {
        return (colour & 0xFF00FF) * gain >>> 8 & 0xFF00FF | (colour & 0xFF00) * gain >>> 8 & 0xFF00;
    }
}
