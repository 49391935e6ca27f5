package sinew.engine.compare;

import java.util.SplittableRandom;
import sinew.engine.policy.Image;

/// Random colours on a coarse grid with smooth transitions between them: unlike noise, it has what a camera's picture
/// has most of, large areas of similar colour.
final class SmoothPicture {
    private static final int CELLS = 8;
    private static final double MOTION = 0.1;

    private final double[][][] grid = new double[CELLS + 2][CELLS + 2][3];

    SmoothPicture(SplittableRandom random) {
        for (double[][] row : grid) {
            for (double[] colour : row) {
                for (int c = 0; c < 3; c++) {
                    colour[c] = 255 * random.nextDouble();
                }
            }
        }
    }

    /// The picture as a camera sees it that moves by a tenth of a cell from step to step, and back.
    Image at(int step, int height, int width) {
        byte[] rgb = new byte[height * width * 3];
        double shift = step * MOTION % 2;
        double origin = Math.min(shift, 2 - shift);
        for (int y = 0, o = 0; y < height; y++) {
            double gridY = (double) y * CELLS / height;
            int row = (int) gridY;
            for (int x = 0; x < width; x++) {
                double gridX = origin + (double) x * CELLS / width;
                int column = (int) gridX;
                for (int c = 0; c < 3; c++) {
                    double top = between(grid[row][column][c], grid[row][column + 1][c], gridX - column);
                    double bottom = between(grid[row + 1][column][c], grid[row + 1][column + 1][c], gridX - column);
                    rgb[o++] = (byte) Math.round(between(top, bottom, gridY - row));
                }
            }
        }
        return new Image(height, width, rgb);
    }

    private static double between(double a, double b, double share) {
        return a + (b - a) * share;
    }
}
