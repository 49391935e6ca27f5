package sinew.runtime.sim;

import java.util.EnumMap;
import java.util.Map;
import sinew.engine.policy.Image;

/// Draws the simulated scene as its cameras see it: the table by intersecting each pixel's ray with it, everything else
/// as shaded triangles. One instance per environment and thread; call [#prepare] once per moment, then the cameras.
final class SceneRenderer {
    private static final int WIDTH = Camera.WIDTH;
    private static final int HEIGHT = Camera.HEIGHT;
    private static final float NEAR = 0.008f;
    private static final int VERTEX = 6;

    private final Variation look;
    private final TableTop table;
    private final TableView front;
    private final TableView wrist;
    private final ShadowMap shadows = new ShadowMap();
    private final Rasterizer raster = new Rasterizer(WIDTH, HEIGHT);
    private final PixelNoise noise;
    private final Map<Material, float[]> colours = new EnumMap<>(Material.class);
    private Scene scene;

    // Camera from body and the light in the body's frame, for the mesh being drawn.
    private final float[] m = new float[12];
    private final float[] light = new float[3];
    private final float[] up = new float[3];
    /// Corners in camera space (x, y, z, red, green, blue), a triangle and what clipping makes of it.
    private final float[] corners = new float[3 * VERTEX];
    private final float[] clipped = new float[4 * VERTEX];
    private final float[] projected = new float[4 * VERTEX];

    SceneRenderer(SimTask task, Variation look) {
        this.look = look;
        table = new TableTop(task, look);
        int floor = TableTop.pack(70 * look.tint()[0], 72 * look.tint()[1], 76 * look.tint()[2]);
        double darkest = look.ambient() / (look.ambient() + look.lamp() * look.light()[2]);
        front = new TableView(table, floor, darkest);
        front.aim(Camera.front(look.eyeShift()));
        wrist = new TableView(table, floor, darkest);
        noise = look.noise() > 0 ? new PixelNoise(look.noise()) : null;
        look.colours().forEach((material, c) -> colours.put(material, new float[] {
            (float) (c[0] * look.tint()[0]), (float) (c[1] * look.tint()[1]), (float) (c[2] * look.tint()[2])
        }));
    }

    /// Takes the scene that the cameras shall see next and throws its shadows.
    void prepare(Scene next) {
        scene = next;
        shadows.clear();
        for (Transform[] links : scene.arms()) {
            for (int i = 0; i < links.length; i++) {
                shadows.add(ArmMeshes.link(i), links[i], look.light());
            }
        }
        for (int i = 0; i < scene.cubes().size(); i++) {
            shadows.add(ArmMeshes.cube(i), scene.cubes().get(i), look.light());
        }
        shadows.soften();
    }

    Image front() {
        front.draw(shadows, raster.pixels);
        return bodies(Camera.front(look.eyeShift()));
    }

    Image wrist(int arm) {
        Camera camera = Camera.wrist(scene.arms().get(arm)[ArmKinematics.HAND], look.wristMounting());
        wrist.drawOnce(camera, shadows, raster.pixels);
        return bodies(camera);
    }

    private Image bodies(Camera camera) {
        raster.clearDepth();
        Transform view = camera.pose().inverse();
        for (Transform[] links : scene.arms()) {
            for (int i = 0; i < links.length; i++) {
                draw(ArmMeshes.link(i), links[i], view, camera);
            }
        }
        for (int i = 0; i < scene.cubes().size(); i++) {
            draw(ArmMeshes.cube(i), scene.cubes().get(i), view, camera);
        }
        return new Image(HEIGHT, WIDTH, bytes());
    }

    private byte[] bytes() {
        byte[] rgb = new byte[WIDTH * HEIGHT * 3];
        int[] pixels = raster.pixels;
        for (int p = 0, o = 0; p < pixels.length; p++, o += 3) {
            int c = pixels[p];
            rgb[o] = (byte) (c >> 16);
            rgb[o + 1] = (byte) (c >> 8);
            rgb[o + 2] = (byte) c;
        }
        if (noise != null) {
            noise.add(rgb);
        }
        return rgb;
    }

    private void draw(Mesh mesh, Transform pose, Transform view, Camera camera) {
        Transform t = view.times(pose);
        set(m, t.xx(), t.xy(), t.xz(), t.x(), t.yx(), t.yy(), t.yz(), t.y(), t.zx(), t.zy(), t.zz(), t.z());
        double[] l = look.light();
        set(light,
                pose.xx() * l[0] + pose.yx() * l[1] + pose.zx() * l[2],
                pose.xy() * l[0] + pose.yy() * l[1] + pose.zy() * l[2],
                pose.xz() * l[0] + pose.yz() * l[1] + pose.zz() * l[2]);
        set(up, pose.zx(), pose.zy(), pose.zz());
        for (int i = 0; i < mesh.triangles; i++) {
            int behind = toCamera(mesh.points, 9 * i);
            if (behind == 3 || facesAway()) {
                continue;
            }
            shade(mesh.normals, 9 * i, colours.get(mesh.materials[i]));
            if (behind == 0) {
                project(corners, 3, camera);
            } else {
                project(clipped, clip(), camera);
            }
        }
    }

    private static void set(float[] to, double... values) {
        for (int i = 0; i < values.length; i++) {
            to[i] = (float) values[i];
        }
    }

    /// Moves a triangle's corners to camera space and counts those behind the near plane.
    private int toCamera(float[] points, int at) {
        int behind = 0;
        for (int k = 0; k < 3; k++) {
            float x = points[at + 3 * k], y = points[at + 3 * k + 1], z = points[at + 3 * k + 2];
            int o = k * VERTEX;
            corners[o] = m[0] * x + m[1] * y + m[2] * z + m[3];
            corners[o + 1] = m[4] * x + m[5] * y + m[6] * z + m[7];
            corners[o + 2] = m[8] * x + m[9] * y + m[10] * z + m[11];
            if (corners[o + 2] < NEAR) {
                behind++;
            }
        }
        return behind;
    }

    /// Whether the camera is on the inner side of the triangle's plane.
    private boolean facesAway() {
        float[] c = corners;
        float ux = c[6] - c[0], uy = c[7] - c[1], uz = c[8] - c[2];
        float vx = c[12] - c[0], vy = c[13] - c[1], vz = c[14] - c[2];
        return (uy * vz - uz * vy) * c[0] + (uz * vx - ux * vz) * c[1] + (ux * vy - uy * vx) * c[2] >= 0;
    }

    private void shade(float[] normals, int at, float[] colour) {
        float ambient = (float) look.ambient(), lamp = (float) look.lamp();
        for (int k = 0; k < 3; k++) {
            float nx = normals[at + 3 * k], ny = normals[at + 3 * k + 1], nz = normals[at + 3 * k + 2];
            float towards = nx * light[0] + ny * light[1] + nz * light[2];
            float sky = nx * up[0] + ny * up[1] + nz * up[2];
            float bright = ambient * (0.8f + 0.2f * sky) + lamp * Math.max(0, towards);
            int o = k * VERTEX + 3;
            corners[o] = Math.clamp(colour[0] * bright, 2f, 253f);
            corners[o + 1] = Math.clamp(colour[1] * bright, 2f, 253f);
            corners[o + 2] = Math.clamp(colour[2] * bright, 2f, 253f);
        }
    }

    /// Cuts the triangle at the near plane; returns the number of corners left.
    private int clip() {
        int n = 0;
        for (int k = 0; k < 3; k++) {
            int a = k * VERTEX, b = (k + 1) % 3 * VERTEX;
            float za = corners[a + 2] - NEAR, zb = corners[b + 2] - NEAR;
            if (za >= 0) {
                System.arraycopy(corners, a, clipped, n++ * VERTEX, VERTEX);
            }
            if (za >= 0 != zb >= 0) {
                float t = za / (za - zb);
                for (int i = 0; i < VERTEX; i++) {
                    clipped[n * VERTEX + i] = corners[a + i] + t * (corners[b + i] - corners[a + i]);
                }
                clipped[n * VERTEX + 2] = NEAR;
                n++;
            }
        }
        return n;
    }

    private void project(float[] from, int n, Camera camera) {
        for (int k = 0; k < n; k++) {
            int o = k * VERTEX;
            float inv = 1 / from[o + 2];
            float x = from[o] * inv, y = from[o + 1] * inv;
            float bend = camera.curved() ? Lens.factor(x * x + y * y) : 1;
            projected[o] = (float) camera.fx() * x * bend + (float) camera.cx();
            projected[o + 1] = (float) camera.fy() * y * bend + (float) camera.cy();
            projected[o + 2] = inv;
            projected[o + 3] = from[o + 3];
            projected[o + 4] = from[o + 4];
            projected[o + 5] = from[o + 5];
        }
        for (int k = 2; k < n; k++) {
            raster.triangle(projected, 0, (k - 1) * VERTEX, k * VERTEX);
        }
    }
}
