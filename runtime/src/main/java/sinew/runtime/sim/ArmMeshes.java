package sinew.runtime.sim;

import static sinew.runtime.sim.Material.PRINTED;
import static sinew.runtime.sim.Material.SERVO;

/// The SO-101's links as simple solids, measured from its meshes: printed brackets around dark servo bodies.
final class ArmMeshes {
    private static final double HALF = SimWorld.CUBE_HALF;
    private static final Mesh[] LINKS = {base(), shoulder(), upperArm(), lowerArm(), wrist(), hand(), jaw()};
    private static final Mesh RED = cube(Material.RED_CUBE);
    private static final Mesh GREEN = cube(Material.GREEN_CUBE);

    private ArmMeshes() {}

    static Mesh link(int index) {
        return LINKS[index];
    }

    static Mesh cube(int index) {
        return index == SimTask.RED ? RED : GREEN;
    }

    private static Mesh cube(Material material) {
        return new Mesh.Builder().box(material, -HALF, -HALF, -HALF, HALF, HALF, HALF).build();
    }

    private static Mesh base() {
        return new Mesh.Builder()
                .box(PRINTED, -0.0310, -0.0555, -0.0024, 0.0646, 0.0555, 0.0160)
                .box(PRINTED, -0.0310, -0.0300, 0.0160, -0.0040, 0.0300, 0.0560)
                .box(SERVO, 0.0036, -0.0124, 0.0160, 0.0490, 0.0124, 0.0639)
                .box(PRINTED, -0.0040, -0.0240, 0.0160, 0.0600, -0.0140, 0.0640)
                .box(PRINTED, -0.0040, 0.0140, 0.0160, 0.0600, 0.0240, 0.0640)
                .bar(PRINTED, 0.0388, 0, 0.0388, 0, 0.0240, 0.0600, 0.0696)
                .build();
    }

    private static Mesh shoulder() {
        return new Mesh.Builder()
                .bar(PRINTED, 0, 0, 0, 0, 0.0260, -0.0200, -0.0080)
                .box(SERVO, -0.0428, -0.0198, -0.0644, -0.0180, 0.0198, -0.0190)
                .box(PRINTED, -0.0506, -0.0230, -0.0600, -0.0440, 0.0230, -0.0080)
                .box(PRINTED, -0.0440, 0.0205, -0.0600, 0.0080, 0.0265, -0.0080)
                .box(PRINTED, -0.0165, -0.0200, -0.0300, 0.0100, 0.0200, -0.0200)
                .build();
    }

    private static Mesh upperArm() {
        return new Mesh.Builder()
                .bar(PRINTED, 0, 0, -0.1126, -0.0280, 0.0120, -0.0135, -0.0040)
                .bar(PRINTED, 0, 0, -0.1126, -0.0280, 0.0120, 0.0400, 0.0500)
                .bar(PRINTED, -0.0300, -0.0075, -0.0850, -0.0211, 0.0085, -0.0040, 0.0400)
                .box(SERVO, -0.1250, -0.0382, -0.0015, -0.1002, 0.0072, 0.0381)
                .build();
    }

    private static Mesh lowerArm() {
        return new Mesh.Builder()
                .bar(PRINTED, 0, 0, -0.1349, 0.0052, 0.0120, -0.0120, -0.0030)
                .bar(PRINTED, 0, 0, -0.1349, 0.0052, 0.0120, 0.0400, 0.0490)
                .bar(PRINTED, -0.0300, 0.0012, -0.0900, 0.0035, 0.0085, -0.0030, 0.0400)
                .box(SERVO, -0.1451, -0.0072, -0.0015, -0.0997, 0.0176, 0.0381)
                .build();
    }

    private static Mesh wrist() {
        return new Mesh.Builder()
                .bar(PRINTED, 0, 0, 0, -0.0300, 0.0115, -0.0090, -0.0020)
                .bar(PRINTED, 0, 0, 0, -0.0300, 0.0115, 0.0400, 0.0460)
                .box(PRINTED, -0.0150, -0.0300, -0.0060, 0.0150, -0.0180, 0.0460)
                .box(SERVO, -0.0124, -0.0626, 0.0079, 0.0124, -0.0230, 0.0533)
                .build();
    }

    private static Mesh hand() {
        return new Mesh.Builder()
                .bar(PRINTED, 0, 0, 0, 0, 0.0220, -0.0110, 0.0010)
                .box(SERVO, -0.0150, -0.0193, -0.0358, 0.0304, 0.0203, -0.0110)
                .box(PRINTED, -0.0352, -0.0220, -0.0480, -0.0160, 0.0220, -0.0040)
                .taper(PRINTED, 2, new double[] {-0.0480, -0.0345, -0.0134, -0.0130, 0.0130},
                        new double[] {-0.1044, -0.0160, -0.0075, -0.0050, 0.0050})
                .build();
    }

    private static Mesh jaw() {
        return new Mesh.Builder()
                .bar(PRINTED, 0, 0, 0, 0, 0.0100, -0.0051, 0.0400)
                .taper(PRINTED, 1, new double[] {0.0020, -0.0100, 0.0090, 0.0030, 0.0370},
                        new double[] {-0.0300, -0.0103, 0.0090, 0.0080, 0.0300})
                .taper(PRINTED, 1, new double[] {-0.0300, -0.0103, 0.0090, 0.0080, 0.0300},
                        new double[] {-0.0820, -0.0103, -0.0025, 0.0139, 0.0239})
                .build();
    }
}
