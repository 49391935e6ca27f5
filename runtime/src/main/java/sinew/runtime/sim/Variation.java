package sinew.runtime.sim;

import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;

/// How a scene looks: light, colours, where the cameras are and how noisy they are. It changes pictures, never physics.
///
/// @param light         unit vector to the lamp
/// @param ambient       brightness of what the lamp does not reach, 0..1
/// @param lamp          brightness that the lamp adds
/// @param tint          gain of red, green and blue
/// @param table         gain of the table's red, green and blue
/// @param colours       colour of each material, components 0..255
/// @param eyeShift      front camera's displacement [m]
/// @param wristMounting error of the wrist camera's mounting
/// @param noise         standard deviation of a pixel's noise, of 255
record Variation(
        double[] light, double ambient, double lamp, double[] tint, double[] table, Map<Material, double[]> colours,
        double[] eyeShift, Transform wristMounting, double noise) {

    private static final double[] LIGHT = unit(0.38, 0.32, 0.87);

    /// The plain scene.
    static Variation none() {
        return new Variation(
                LIGHT, 0.48, 0.56, new double[] {1, 1, 1}, new double[] {1, 1, 1}, colours(null, 0),
                new double[3], Transform.IDENTITY, 0);
    }

    /// Another look for each seed.
    static Variation of(long seed) {
        SplittableRandom r = new SplittableRandom(seed ^ 0x5EEDL);
        double[] light = unit(LIGHT[0] + spread(r, 0.35), LIGHT[1] + spread(r, 0.35), LIGHT[2]);
        double ambient = 0.48 + spread(r, 0.10), lamp = 0.56 + spread(r, 0.14);
        double[] tint = {1 + spread(r, 0.03), 1 + spread(r, 0.03), 1 + spread(r, 0.03)};
        double[] table = {1 + spread(r, 0.07), 1 + spread(r, 0.05), 1 + spread(r, 0.07)};
        double[] eye = {spread(r, 0.006), spread(r, 0.006), spread(r, 0.006)};
        Transform wrist = Transform.of(
                spread(r, 0.002), spread(r, 0.002), spread(r, 0.002), spread(r, 0.02), spread(r, 0.02),
                spread(r, 0.02));
        return new Variation(light, ambient, lamp, tint, table, colours(r, 18), eye, wrist, r.nextDouble(0, 4));
    }

    private static Map<Material, double[]> colours(SplittableRandom random, double spread) {
        Map<Material, double[]> colours = new EnumMap<>(Material.class);
        colours.put(Material.PRINTED, new double[] {246, 200, 40});
        colours.put(Material.SERVO, new double[] {38, 38, 42});
        colours.put(Material.RED_CUBE, new double[] {214, 30, 26});
        colours.put(Material.GREEN_CUBE, new double[] {34, 168, 52});
        if (random != null) {
            for (double[] c : colours.values()) {
                for (int i = 0; i < 3; i++) {
                    c[i] = Math.clamp(c[i] + spread(random, spread), 0, 255);
                }
            }
        }
        return colours;
    }

    private static double spread(SplittableRandom random, double half) {
        return random.nextDouble(-half, half);
    }

    private static double[] unit(double x, double y, double z) {
        double length = Math.sqrt(x * x + y * y + z * z);
        return new double[] {x / length, y / length, z / length};
    }
}
