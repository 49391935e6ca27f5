package sinew.runtime.sim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SimWorldTest {
    private static final double[] HOME = {0, 0, 0, Math.PI / 2, 0, 0.5};
    private static final double OPEN = 0.9;
    private static final double SHUT = -0.17;

    private static void advance(SimWorld world, int steps) {
        for (int i = 0; i < steps; i++) {
            world.advance();
        }
    }

    @Test
    void aCubeAtRestStaysAtRest() {
        try (SimWorld world = new SimWorld()) {
            world.addCube(0.1, 0.05, SimWorld.CUBE_HALF, 0.7);
            advance(world, 20);
            Transform before = world.cube(0);
            advance(world, 60);
            Transform after = world.cube(0);
            assertEquals(before.x(), after.x(), 1e-6);
            assertEquals(before.y(), after.y(), 1e-6);
            assertEquals(SimWorld.CUBE_HALF, after.z(), 3e-4);
            assertEquals(before.xx(), after.xx(), 1e-6);
        }
    }

    @Test
    void aReleasedCubeFallsAsBodiesFallAndSettles() {
        try (SimWorld world = new SimWorld()) {
            world.addCube(0, 0, 0.2, 0.3);
            advance(world, 3);
            assertEquals(0.2 - 0.5 * 9.81 * 0.1 * 0.1, world.cube(0).z(), 2e-3);
            advance(world, 60);
            assertEquals(SimWorld.CUBE_HALF, world.cube(0).z(), 3e-4);
            assertEquals(0, world.cubeSpeed(0), 1e-3);
        }
    }

    @Test
    void aJointArrivesWithALagAndNotBeyondItsSpeed() {
        try (SimWorld world = new SimWorld()) {
            ArmBody arm = world.addArm(Transform.IDENTITY, HOME);
            arm.command(new double[] {0.8, 0, 0, Math.PI / 2, 0, 0.5});
            double before = 0, fastest = 0;
            for (int i = 0; i < 30; i++) {
                world.advance();
                fastest = Math.max(fastest, arm.angle(0) - before);
                before = arm.angle(0);
                if (i == 1) {
                    assertTrue(arm.angle(0) < 0.3, "arrives too early: " + arm.angle(0));
                }
            }
            assertEquals(0.8, before, 1e-3);
            assertTrue(fastest <= 4.0 / 30 + 1e-6, "moved " + fastest + " rad in a step");
        }
    }

    @Test
    void theTableStopsTheHand() {
        try (SimWorld world = new SimWorld()) {
            ArmBody arm = world.addArm(Transform.IDENTITY, HOME);
            arm.command(new double[] {0, 1.2, 0.6, 0.4, 0, 0.5});
            advance(world, 60);
            double[] tip = arm.links()[ArmKinematics.HAND].apply(-0.01, 0, -0.1044);
            assertTrue(tip[2] > 0, "the finger tip is at " + tip[2]);
        }
    }

    /// Takes the cube 20 cm before the base and returns the arm that holds it.
    private static ArmBody grasp(SimWorld world) {
        ArmBody arm = world.addArm(Transform.IDENTITY, HOME);
        double[] above = ArmKinematics.inverse(new double[] {0.2, 0, 0.07}, Math.PI / 2 - 0.13, 0, OPEN, 0.006, -0.092);
        double[] at = ArmKinematics.inverse(new double[] {0.2, 0, 0.016}, Math.PI / 2 - 0.13, 0, OPEN, 0.006, -0.092);
        assertNotNull(above);
        assertNotNull(at);
        world.addCube(0.2, 0, SimWorld.CUBE_HALF, 0);
        arm.command(above);
        advance(world, 25);
        arm.command(at);
        advance(world, 20);
        assertFalse(world.grasped(arm, 0));
        at[ArmKinematics.GRIPPER] = SHUT;
        arm.command(at);
        advance(world, 20);
        above[ArmKinematics.GRIPPER] = SHUT;
        arm.command(above);
        advance(world, 30);
        return arm;
    }

    @Test
    void aClosedGripperHoldsACubeAndAnOpenOneDropsIt() {
        try (SimWorld world = new SimWorld()) {
            ArmBody arm = grasp(world);
            assertTrue(world.grasped(arm, 0));
            double held = world.cube(0).z();
            assertTrue(held > 0.05, "held at " + held);
            advance(world, 90);
            assertEquals(held, world.cube(0).z(), 5e-4, "the grip creeps");
            double[] open = arm.angles();
            open[ArmKinematics.GRIPPER] = OPEN;
            arm.command(open);
            advance(world, 40);
            assertFalse(world.grasped(arm, 0));
            assertEquals(SimWorld.CUBE_HALF, world.cube(0).z(), 1e-3);
        }
    }

    @Test
    void theSameWorldTwiceIsTheSameToTheBit() {
        double[][] places = new double[2][];
        for (int i = 0; i < 2; i++) {
            try (SimWorld world = new SimWorld()) {
                ArmBody arm = grasp(world);
                Transform c = world.cube(0);
                double[] q = arm.angles();
                places[i] = new double[] {c.x(), c.y(), c.z(), c.xx(), c.yz(), q[0], q[1], q[5]};
            }
        }
        assertArrayEquals(places[0], places[1]);
    }
}
