package sinew.engine.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sinew.engine.policy.VisionSpec.ResizeMode;

class ResizeAxisTest {
    @Test
    void cropMarginsRoundHalvesToEven() {
        assertEquals(60, ResizeAxis.cropMargin(240, 119)); // 60.5
        assertEquals(80, ResizeAxis.cropMargin(320, 161)); // 79.5
        assertEquals(6, ResizeAxis.cropMargin(96, 84));
        assertEquals(0, ResizeAxis.cropMargin(84, 84));
        assertEquals(-1, ResizeAxis.cropMargin(80, 83)); // 1 row before, 2 after
    }

    @Test
    void aCropLargerThanTheImageIsPaddedWithNothing() {
        ResizeAxis axis = ResizeAxis.of(3, 3, ResizeMode.BILINEAR_ANTIALIAS, 6);
        assertArrayEquals(new int[] {0, 1, 1, 1, 0, 0}, axis.count);
        assertArrayEquals(new int[] {0, 1, 2}, Arrays.copyOfRange(axis.first, 1, 4));
    }

    @Test
    void antialiasWidensTheTriangleByTheRatio() {
        ResizeAxis axis = ResizeAxis.of(8, 4, ResizeMode.BILINEAR_ANTIALIAS, 4);
        // Output 1 lies at source position 3 (between pixels 2 and 3); the triangle reaches 2 pixels either way.
        assertEquals(1, axis.first[1]);
        assertEquals(4, axis.count[1]);
        assertArrayEquals(new float[] {0.125f, 0.375f, 0.375f, 0.125f}, weights(axis, 1), 1e-7f);
        // At the edge the triangle is cut and its weights still sum to 1.
        assertArrayEquals(new float[] {3 / 7f, 3 / 7f, 1 / 7f}, weights(axis, 0), 1e-7f);
    }

    @ParameterizedTest
    @EnumSource(value = ResizeMode.class, names = {"BILINEAR", "BILINEAR_NORMALIZED"})
    void withoutAntialiasTwoNeighboursAreRead(ResizeMode mode) {
        ResizeAxis axis = ResizeAxis.of(480, 84, mode, 84);
        // (0 + 0.5) * 480 / 84 - 0.5 = 2.357
        assertEquals(2, axis.first[0]);
        assertArrayEquals(new float[] {0.642857f, 0.357143f}, weights(axis, 0), 1e-6f);
    }

    @Test
    void enlargingRepeatsTheEdges() {
        ResizeAxis axis = ResizeAxis.of(2, 4, ResizeMode.BILINEAR, 4);
        assertArrayEquals(new float[] {1f, 0f}, weights(axis, 0), 0f);
        assertArrayEquals(new float[] {0.75f, 0.25f}, weights(axis, 1), 0f);
        assertEquals(1, axis.first[3]);
        assertArrayEquals(new float[] {1f}, weights(axis, 3), 0f);
    }

    private static float[] weights(ResizeAxis axis, int i) {
        return Arrays.copyOfRange(axis.weights, i * axis.taps, i * axis.taps + axis.count[i]);
    }
}
