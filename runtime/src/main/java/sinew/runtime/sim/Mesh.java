package sinew.runtime.sim;

import java.util.Arrays;

/// Triangles in the frame of a body, with a normal at each corner. Counter-clockwise seen from outside.
final class Mesh {
    /// Corner positions, [triangles, 3, 3] metres.
    final float[] points;
    /// Unit normals, [triangles, 3, 3].
    final float[] normals;
    /// What each triangle is made of.
    final Material[] materials;
    final int triangles;

    private Mesh(float[] points, float[] normals, Material[] materials) {
        this.points = points;
        this.normals = normals;
        this.materials = materials;
        this.triangles = materials.length;
    }

    /// Collects solids.
    static final class Builder {
        private static final int SIDES = 14;
        private float[] points = new float[9 * 128];
        private float[] normals = new float[9 * 128];
        private Material[] materials = new Material[128];
        private int size;

        /// An axis-aligned box.
        Builder box(Material m, double x0, double y0, double z0, double x1, double y1, double z1) {
            return hexahedron(m, new double[][] {
                {x0, y0, z0}, {x1, y0, z0}, {x1, y1, z0}, {x0, y1, z0},
                {x0, y0, z1}, {x1, y0, z1}, {x1, y1, z1}, {x0, y1, z1}
            });
        }

        /// A box between two rectangles across an axis, for tapering fingers.
        ///
        /// @param axis 1 for y, 2 for z: along which the finger runs; the rectangles give x and the remaining axis
        /// @param a    from: position, x min, x max, other min, other max
        /// @param b    to: the same
        Builder taper(Material m, int axis, double[] a, double[] b) {
            double[][] c = new double[8][];
            for (int i = 0; i < 8; i++) {
                double[] end = i < 4 ? a : b;
                double x = i % 4 == 1 || i % 4 == 2 ? end[2] : end[1];
                double other = i % 4 >= 2 ? end[4] : end[3];
                c[i] = axis == 2 ? new double[] {x, other, end[0]} : new double[] {x, end[0], other};
            }
            return hexahedron(m, c);
        }

        /// Eight corners: four around the bottom, then the four above them. Either handedness.
        private Builder hexahedron(Material m, double[][] c) {
            double[] centre = new double[3];
            for (double[] corner : c) {
                for (int k = 0; k < 3; k++) {
                    centre[k] += corner[k] / 8;
                }
            }
            int[][] faces = {{0, 1, 2, 3}, {4, 5, 6, 7}, {0, 1, 5, 4}, {1, 2, 6, 5}, {2, 3, 7, 6}, {3, 0, 4, 7}};
            for (int[] f : faces) {
                quad(m, centre, c[f[0]], c[f[1]], c[f[2]], c[f[3]]);
            }
            return this;
        }

        private void quad(Material m, double[] inside, double[] a, double[] b, double[] c, double[] d) {
            double[] n = normal(a, b, c);
            double out = n[0] * (a[0] - inside[0]) + n[1] * (a[1] - inside[1]) + n[2] * (a[2] - inside[2]);
            if (out < 0) {
                double[] flipped = {-n[0], -n[1], -n[2]};
                triangle(m, c, b, a, flipped, flipped, flipped);
                triangle(m, d, c, a, flipped, flipped, flipped);
            } else {
                triangle(m, a, b, c, n, n, n);
                triangle(m, a, c, d, n, n, n);
            }
        }

        /// A bar with round ends across the z axis from a to b; with a = b a cylinder.
        Builder bar(Material m, double ax, double ay, double bx, double by, double radius, double z0, double z1) {
            double angle = Math.atan2(by - ay, bx - ax);
            int n = 2 * (SIDES / 2 + 1);
            double[] px = new double[n], py = new double[n], nx = new double[n], ny = new double[n];
            for (int i = 0; i < n; i++) {
                boolean atB = i < n / 2;
                int step = atB ? i : i - n / 2;
                double t = angle + (atB ? -Math.PI / 2 : Math.PI / 2) + Math.PI * step / (n / 2 - 1);
                nx[i] = Math.cos(t);
                ny[i] = Math.sin(t);
                px[i] = (atB ? bx : ax) + radius * nx[i];
                py[i] = (atB ? by : ay) + radius * ny[i];
            }
            double[] up = {0, 0, 1}, down = {0, 0, -1};
            for (int i = 0; i < n; i++) {
                int j = (i + 1) % n;
                double[] ni = {nx[i], ny[i], 0}, nj = {nx[j], ny[j], 0};
                double[] a = {px[i], py[i], z0}, b = {px[j], py[j], z0}, c = {px[j], py[j], z1}, d = {px[i], py[i], z1};
                triangle(m, a, b, c, ni, nj, nj);
                triangle(m, a, c, d, ni, nj, ni);
                if (i >= 1 && i < n - 1) {
                    triangle(m, new double[] {px[0], py[0], z1}, d, c, up, up, up);
                    triangle(m, new double[] {px[0], py[0], z0}, b, a, down, down, down);
                }
            }
            return this;
        }

        private static double[] normal(double[] a, double[] b, double[] c) {
            double ux = b[0] - a[0], uy = b[1] - a[1], uz = b[2] - a[2];
            double vx = c[0] - a[0], vy = c[1] - a[1], vz = c[2] - a[2];
            double x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx;
            double length = Math.sqrt(x * x + y * y + z * z);
            return new double[] {x / length, y / length, z / length};
        }

        private void triangle(
                Material m, double[] a, double[] b, double[] c, double[] na, double[] nb, double[] nc) {
            if (size == materials.length) {
                materials = Arrays.copyOf(materials, 2 * size);
                points = Arrays.copyOf(points, 18 * size);
                normals = Arrays.copyOf(normals, 18 * size);
            }
            double[][] corners = {a, b, c}, directions = {na, nb, nc};
            for (int i = 0; i < 3; i++) {
                for (int k = 0; k < 3; k++) {
                    points[9 * size + 3 * i + k] = (float) corners[i][k];
                    normals[9 * size + 3 * i + k] = (float) directions[i][k];
                }
            }
            materials[size++] = m;
        }

        Mesh build() {
            return new Mesh(Arrays.copyOf(points, 9 * size), Arrays.copyOf(normals, 9 * size),
                    Arrays.copyOf(materials, size));
        }
    }
}
