package sinew.runtime.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sinew.engine.policy.Image;
import sinew.runtime.env.EnvObservation;

class SceneRendererTest {
    private static final int SMALL = 4;

    /// The episode's first picture at a quarter of its size, each pixel the mean of 4 x 4.
    private static int[] small(Image image) {
        int w = image.width() / SMALL, h = image.height() / SMALL;
        int[] out = new int[w * h * 3];
        for (int y = 0; y < h * SMALL; y++) {
            for (int x = 0; x < w * SMALL; x++) {
                for (int c = 0; c < 3; c++) {
                    out[((y / SMALL) * w + x / SMALL) * 3 + c] += image.rgb()[(y * image.width() + x) * 3 + c] & 0xFF;
                }
            }
        }
        for (int i = 0; i < out.length; i++) {
            out[i] /= SMALL * SMALL;
        }
        return out;
    }

    /// To record anew after a wanted change: delete the pictures, run with -Dsinew.record=true, look at them.
    @ParameterizedTest
    @CsvSource({"lift,front", "lift,wrist", "stack,front", "sort,front", "sort,left_wrist"})
    void looksAsItDid(String task, String camera) throws IOException {
        int[] got;
        try (SimEnv env = new SimEnv(SimOptions.of(SimTask.of(task), 11))) {
            got = small(env.reset().images().get(camera));
        }
        String name = "sim-" + task + "-" + camera + ".png";
        if (Boolean.getBoolean("sinew.record")) {
            record(got, Path.of("src/test/resources/sinew/runtime/sim", name));
        }
        BufferedImage stored;
        try (InputStream in = SceneRendererTest.class.getResourceAsStream(name)) {
            stored = ImageIO.read(in);
        }
        long difference = 0;
        for (int p = 0; p < stored.getWidth() * stored.getHeight(); p++) {
            int rgb = stored.getRGB(p % stored.getWidth(), p / stored.getWidth());
            for (int c = 0; c < 3; c++) {
                difference += Math.abs((rgb >> 16 - 8 * c & 0xFF) - got[3 * p + c]);
            }
        }
        double mean = (double) difference / got.length;
        assertTrue(mean < 0.5, name + " differs by " + mean + " of 255 on average");
    }

    private static void record(int[] rgb, Path file) throws IOException {
        int w = Camera.WIDTH / SMALL, h = Camera.HEIGHT / SMALL;
        BufferedImage image = new BufferedImage(w, h, BufferedImage.TYPE_INT_RGB);
        for (int p = 0; p < w * h; p++) {
            image.setRGB(p % w, p / w, rgb[3 * p] << 16 | rgb[3 * p + 1] << 8 | rgb[3 * p + 2]);
        }
        Files.createDirectories(file.getParent());
        ImageIO.write(image, "png", file.toFile());
    }

    /// Where the camera's model says a point of the world is seen.
    private static double[] seenAt(Camera camera, double x, double y, double z) {
        double[] p = camera.pose().inverse().apply(x, y, z);
        double u = p[0] / p[2], v = p[1] / p[2], r = Math.hypot(u, v);
        double bend = camera.curved() ? Lens.distorted(r) / r : 1;
        return new double[] {camera.fx() * u * bend + camera.cx(), camera.fy() * v * bend + camera.cy()};
    }

    @Test
    void theRedCubeIsWhereTheCameraModelPutsIt() {
        SceneRenderer renderer = new SceneRenderer(SimTask.STACK, Variation.none());
        double x = -0.42, y = 0.05;
        Transform cube = Transform.translation(x, y, SimWorld.CUBE_HALF);
        renderer.prepare(new Scene(List.of(), List.of(cube)));
        Image image = renderer.front();
        double sx = 0, sy = 0, n = 0;
        for (int p = 0; p < 640 * 480; p++) {
            int r = image.rgb()[3 * p] & 0xFF, g = image.rgb()[3 * p + 1] & 0xFF;
            if (r > 90 && g < 60) {
                sx += p % 640;
                sy += p / 640;
                n++;
            }
        }
        double[] expected = seenAt(Camera.front(new double[3]), x, y, SimWorld.CUBE_HALF);
        assertTrue(n > 800, "only " + n + " red pixels");
        assertEquals(expected[0], sx / n, 4);
        assertEquals(expected[1], sy / n, 4);
    }

    @Test
    void aCubeThrowsAShadow() {
        SceneRenderer renderer = new SceneRenderer(SimTask.STACK, Variation.none());
        renderer.prepare(new Scene(List.of(), List.of()));
        byte[] empty = renderer.front().rgb();
        double height = 0.1;
        renderer.prepare(new Scene(List.of(), List.of(Transform.translation(-0.45, 0, height))));
        byte[] with = renderer.front().rgb();
        double[] light = Variation.none().light();
        double[] at = seenAt(Camera.front(new double[3]),
                -0.45 - light[0] / light[2] * height, -light[1] / light[2] * height, 0);
        int p = 3 * ((int) at[1] * 640 + (int) at[0]);
        int before = empty[p] & 0xFF, after = with[p] & 0xFF;
        assertTrue(after < 0.75 * before, "the table is " + before + " without and " + after + " with the cube above");
    }

    @Test
    void variationsChangeThePictureAndNotTheWorld() {
        EnvObservation plain, varied;
        try (SimEnv env = new SimEnv(SimOptions.of(SimTask.LIFT, 9))) {
            plain = env.reset();
        }
        try (SimEnv env = new SimEnv(SimOptions.of(SimTask.LIFT, 9).withVariation())) {
            varied = env.reset();
        }
        assertEquals(plain.states().get("arm")[0], varied.states().get("arm")[0]);
        int[] a = small(plain.images().get("front")), b = small(varied.images().get("front"));
        long difference = 0;
        for (int i = 0; i < a.length; i++) {
            difference += Math.abs(a[i] - b[i]);
        }
        assertNotEquals(0, difference);
        assertTrue(difference / (double) a.length > 2, "barely differs");
    }

    @Test
    void theLensGoesAndComesBack() {
        for (double r = 0.02; r < 1.2; r += 0.03) {
            assertEquals(r, Lens.undistorted(Lens.distorted(r)), 1e-9);
            assertEquals(Lens.distorted(r) / r, Lens.factor((float) (r * r)), 2e-4);
        }
    }
}
