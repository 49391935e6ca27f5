package sinew.runtime.sim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ArmKinematicsTest {
    /// The jaw's tip in its own frame.
    private static final double[] JAW_TIP = {-0.01, -0.08, 0.0189};

    private static Arguments pose(String name, double[] q, double[] wrist, double[] tool, double[] jawTip) {
        return Arguments.of(name, q, wrist, tool, jawTip);
    }

    private static double[] v(double... values) {
        return values;
    }

    static Stream<Arguments> publishedPoses() {
        return Stream.of(
                pose("zero", v(0, 0, 0, 0, 0, 0), v(0.23213, -0.01828, 0.23437), v(0.39136, -0.00001, 0.22647),
                        v(0.39663, -0.00077, 0.24455)),
                pose("pan", v(0.5, 0, 0, 0, 0, 0), v(0.19971, -0.10871, 0.23437), v(0.34820, -0.16902, 0.22647),
                        v(0.35246, -0.17222, 0.24455)),
                pose("lift", v(0, 0.5, 0, 0, 0, 0), v(0.26865, -0.01828, 0.14185), v(0.40460, -0.00001, 0.05858),
                        v(0.41790, -0.00077, 0.07193)),
                pose("elbow", v(0, 0, 0.5, 0, 0, 0), v(0.21811, -0.01828, 0.16906), v(0.35406, -0.00001, 0.08579),
                        v(0.36736, -0.00077, 0.09913)),
                pose("flex", v(0, 0, 0, 0.5, 0, 0), v(0.23213, -0.01828, 0.23437), v(0.36808, -0.00001, 0.15110),
                        v(0.38138, -0.00077, 0.16444)),
                pose("roll", v(0, 0, 0, 0, 0.5, 0), v(0.23213, -0.01828, 0.23437), v(0.39136, -0.00382, 0.22736),
                        v(0.39663, 0.00418, 0.24359)),
                pose("gripper", v(0, 0, 0, 0, 0, 1), v(0.23213, -0.01828, 0.23437), v(0.39136, -0.00001, 0.22647),
                        v(0.36827, -0.00427, 0.31638)),
                pose("folded", v(0, -1.5708, 1.5708, 0.66, 0, 0), v(0.09156, -0.01828, 0.14980),
                        v(0.21251, -0.00001, 0.04593), v(0.22776, -0.00077, 0.05699)),
                pose("mixed", v(0.3, -0.8, 0.9, 0.5, -0.4, 0.6), v(0.13269, -0.04817, 0.20682),
                        v(0.26065, -0.06542, 0.11096), v(0.28157, -0.10130, 0.16108)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("publishedPoses")
    void forwardAgreesWithThePublishedPoses(String name, double[] q, double[] wrist, double[] tool, double[] jawTip) {
        Transform[] links = ArmKinematics.forward(Transform.IDENTITY, q);
        Transform reached = ArmKinematics.tool(links[ArmKinematics.HAND]);
        assertArrayEquals(wrist, links[ArmKinematics.WRIST].apply(0, 0, 0), 2e-5);
        assertArrayEquals(tool, reached.apply(0, 0, 0), 2e-5);
        assertArrayEquals(jawTip, links[ArmKinematics.JAW].apply(JAW_TIP[0], JAW_TIP[1], JAW_TIP[2]), 2e-5);
    }

    @Test
    void forwardTurnsTheToolAsPublished() {
        Transform tool = ArmKinematics.tool(
                ArmKinematics.forward(Transform.IDENTITY, v(0.3, -0.8, 0.9, 0.5, -0.4, 0.6))[ArmKinematics.HAND]);
        assertArrayEquals(
                v(-0.3578, 0.5002, 0.7885, 0.5647, 0.7884, -0.2439, -0.7436, 0.3580, -0.5646),
                v(tool.xx(), tool.xy(), tool.xz(), tool.yx(), tool.yy(), tool.yz(), tool.zx(), tool.zy(), tool.zz()),
                1e-4);
    }

    @Test
    void openingOfTheJawAgreesWithTheMeshes() {
        double[] angles = {-0.1745, 0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.745};
        double[][] tips = {
            {-3.5, -100.4}, {10.2, -103.4}, {30.3, -103.4}, {49.8, -98.4}, {67.4, -88.8}, {82.1, -75.0}, {93.0, -58.1},
            {99.3, -39.0}, {100.7, -19.4}
        };
        for (int i = 0; i < angles.length; i++) {
            double[] tip = ArmKinematics.jawMount()
                    .times(Transform.rotationZ(angles[i]))
                    .apply(JAW_TIP[0], JAW_TIP[1], JAW_TIP[2]);
            assertEquals(tips[i][0], tip[0] * 1000, 0.1, "x at " + angles[i]);
            assertEquals(tips[i][1], tip[2] * 1000, 0.1, "z at " + angles[i]);
        }
    }

    @Test
    void inverseBringsThePointToThePlace() {
        SplittableRandom random = new SplittableRandom(5);
        int reached = 0;
        for (int i = 0; i < 2000; i++) {
            double[] target = {random.nextDouble(0.10, 0.34), random.nextDouble(-0.2, 0.2),
                    random.nextDouble(0.0, 0.2)};
            double pitch = random.nextDouble(0.6, 1.9);
            double roll = random.nextDouble(-1.5, 1.5);
            double handX = random.nextDouble(-0.01, 0.03), handZ = random.nextDouble(-0.11, -0.08);
            double[] q = ArmKinematics.inverse(target, pitch, roll, 0.3, handX, handZ);
            if (q == null) {
                continue;
            }
            reached++;
            assertTrue(ArmKinematics.withinLimits(q));
            Transform hand = ArmKinematics.forward(Transform.IDENTITY, q)[ArmKinematics.HAND];
            assertArrayEquals(target, hand.apply(handX, 0, handZ), 2e-6);
            assertEquals(Math.sin(pitch), hand.zz(), 1e-6, "the fingers point down by the pitch");
        }
        assertTrue(reached > 800, "only " + reached + " of 2000 places were in reach");
    }

    @Test
    void inverseSaysNoBeyondReach() {
        assertNull(ArmKinematics.inverse(v(0.6, 0, 0.1), Math.PI / 2, 0, 0, 0, -0.1));
        assertNull(ArmKinematics.inverse(v(0.0388353, 0, 0.1), Math.PI / 2, 0.5, 0, 0.02, -0.1));
    }

    @Test
    void rollTurnsTheClosingDirection() {
        double[] q = ArmKinematics.inverse(v(0.2, -0.08, 0.02), Math.PI / 2, 0.4, 0, 0, -0.1);
        assertNotNull(q);
        Transform hand = ArmKinematics.forward(Transform.IDENTITY, q)[ArmKinematics.HAND];
        assertEquals(ArmKinematics.closingAzimuth(q[0], q[4]), Math.atan2(hand.yx(), hand.xx()), 1e-4);
        assertEquals(q[4], ArmKinematics.rollFor(q[0], ArmKinematics.closingAzimuth(q[0], q[4])), 1e-12);
    }
}
