package sinew.runtime.sim;

/// Radial distortion of a lens in normalised picture coordinates (tangent of the angle off the axis).
///
/// The published calibration of the real front camera is a polynomial that holds in the middle of the picture and folds
/// back before its corners; beyond [#TRUSTED] it goes on straight with the slope it has there.
final class Lens {
    private static final double K1 = -0.735413911;
    private static final double K2 = 0.949258417;
    private static final double K3 = -0.864150312;
    private static final double TRUSTED = 0.65;
    private static final double AT_TRUSTED = polynomial(TRUSTED);
    private static final double SLOPE = slope(TRUSTED);
    /// Factors from undistorted to distorted over the squared radius, in steps of 1 / [#STEPS].
    private static final int STEPS = 1024;
    private static final float[] FACTORS = new float[4 * STEPS + 1];

    static {
        for (int i = 0; i < FACTORS.length; i++) {
            double r = Math.sqrt((double) i / STEPS);
            FACTORS[i] = i == 0 ? 1 : (float) (distorted(r) / r);
        }
    }

    private Lens() {}

    private static double polynomial(double r) {
        double s = r * r;
        return r * (1 + s * (K1 + s * (K2 + s * K3)));
    }

    private static double slope(double r) {
        double s = r * r;
        return 1 + s * (3 * K1 + s * (5 * K2 + s * 7 * K3));
    }

    /// The radius at which a ray of radius r is seen.
    static double distorted(double r) {
        return r <= TRUSTED ? polynomial(r) : AT_TRUSTED + SLOPE * (r - TRUSTED);
    }

    /// The ray's radius for a radius in the picture.
    static double undistorted(double seen) {
        if (seen >= AT_TRUSTED) {
            return TRUSTED + (seen - AT_TRUSTED) / SLOPE;
        }
        double r = seen;
        for (int i = 0; i < 20; i++) {
            r -= (polynomial(r) - seen) / slope(r);
        }
        return r;
    }

    /// What to multiply a point's coordinates by, for its squared radius.
    static float factor(float squaredRadius) {
        float at = Math.min(squaredRadius * STEPS, FACTORS.length - 2);
        int i = (int) at;
        return FACTORS[i] + (at - i) * (FACTORS[i + 1] - FACTORS[i]);
    }
}
