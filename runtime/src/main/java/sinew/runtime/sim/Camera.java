package sinew.runtime.sim;

/// A camera: where it stands and its intrinsics in pixels.
///
/// @param pose   camera to world; x right, y down, z into the picture
/// @param curved whether it has the real front camera's [Lens] rather than a pinhole
record Camera(Transform pose, double fx, double fy, double cx, double cy, boolean curved) {
    static final int WIDTH = 640;
    static final int HEIGHT = 480;

    private static final double WRIST_FOCAL = HEIGHT / 2.0 / Math.tan(Math.toRadians(25));
    /// On the hand: behind the palm, looking at the finger tips; x forward, y left, z up turned into the picture's
    /// axes.
    private static final Transform ON_HAND = Transform.of(0, 0, 0, Math.PI, 0, 0)
            .times(Transform.of(0, -0.0383, 0.0680, 3.14159, -2.0055361, -1.5707968))
            .times(new Transform(0, 0, 1, -1, 0, 0, 0, -1, 0, 0, 0, 0));

    /// The camera before the arms, with the calibration of the real one.
    ///
    /// @param eyeShift how far it stands from its place [m]
    static Camera front(double[] eyeShift) {
        double[] eye = {-0.27 + eyeShift[0], eyeShift[1], 0.4 + eyeShift[2]};
        return new Camera(lookAt(eye, new double[] {-0.56, 0, -0.25}), 570.217, 570.180, 327.460, 260.836, true);
    }

    /// The camera on the hand, 50 degrees of vertical field of view.
    static Camera wrist(Transform hand, Transform mountingError) {
        return new Camera(
                hand.times(ON_HAND).times(mountingError), WRIST_FOCAL, WRIST_FOCAL, WIDTH / 2.0, HEIGHT / 2.0, false);
    }

    private static Transform lookAt(double[] eye, double[] target) {
        double fx = target[0] - eye[0], fy = target[1] - eye[1], fz = target[2] - eye[2];
        double length = Math.sqrt(fx * fx + fy * fy + fz * fz);
        fx /= length;
        fy /= length;
        fz /= length;
        // right = forward x up
        double level = Math.hypot(fx, fy);
        double rx = fy / level, ry = -fx / level;
        double dx = -ry * fz, dy = rx * fz, dz = ry * fx - rx * fy;
        double sign = dz > 0 ? -1 : 1;
        return new Transform(rx, sign * dx, fx, ry, sign * dy, fy, 0, sign * dz, fz, eye[0], eye[1], eye[2]);
    }
}
