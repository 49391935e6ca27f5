package sinew.runtime.sim;

/// A rigid motion: rotation (3x3, row-major) followed by a translation in metres. Immutable.
///
/// Follows URDF's convention for fixed axes: [#of] turns by RotZ(yaw) RotY(pitch) RotX(roll).
record Transform(
        double xx, double xy, double xz, double yx, double yy, double yz, double zx, double zy, double zz,
        double x, double y, double z) {
    static final Transform IDENTITY = translation(0, 0, 0);

    static Transform translation(double x, double y, double z) {
        return new Transform(1, 0, 0, 0, 1, 0, 0, 0, 1, x, y, z);
    }

    /// @param roll  about x, first [rad]
    /// @param pitch about y, second
    /// @param yaw   about z, last
    static Transform of(double x, double y, double z, double roll, double pitch, double yaw) {
        double cr = Math.cos(roll), sr = Math.sin(roll);
        double cp = Math.cos(pitch), sp = Math.sin(pitch);
        double cy = Math.cos(yaw), sy = Math.sin(yaw);
        return new Transform(
                cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr,
                sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr,
                -sp, cp * sr, cp * cr,
                x, y, z);
    }

    static Transform rotationZ(double angle) {
        return of(0, 0, 0, 0, 0, angle);
    }

    /// This motion after `b`: a point of b's child frame expressed in this parent frame.
    Transform times(Transform b) {
        return new Transform(
                xx * b.xx + xy * b.yx + xz * b.zx, xx * b.xy + xy * b.yy + xz * b.zy, xx * b.xz + xy * b.yz + xz * b.zz,
                yx * b.xx + yy * b.yx + yz * b.zx, yx * b.xy + yy * b.yy + yz * b.zy, yx * b.xz + yy * b.yz + yz * b.zz,
                zx * b.xx + zy * b.yx + zz * b.zx, zx * b.xy + zy * b.yy + zz * b.zy, zx * b.xz + zy * b.yz + zz * b.zz,
                applyX(b.x, b.y, b.z), applyY(b.x, b.y, b.z), applyZ(b.x, b.y, b.z));
    }

    Transform inverse() {
        return new Transform(
                xx, yx, zx, xy, yy, zy, xz, yz, zz,
                -(xx * x + yx * y + zx * z), -(xy * x + yy * y + zy * z), -(xz * x + yz * y + zz * z));
    }

    double applyX(double px, double py, double pz) {
        return xx * px + xy * py + xz * pz + x;
    }

    double applyY(double px, double py, double pz) {
        return yx * px + yy * py + yz * pz + y;
    }

    double applyZ(double px, double py, double pz) {
        return zx * px + zy * py + zz * pz + z;
    }

    /// The image of a point, [3].
    double[] apply(double px, double py, double pz) {
        return new double[] {applyX(px, py, pz), applyY(px, py, pz), applyZ(px, py, pz)};
    }
}
