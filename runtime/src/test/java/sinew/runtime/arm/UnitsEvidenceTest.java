package sinew.runtime.arm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class UnitsEvidenceTest {
    @Test
    void valuesBeyondTheRangeAreDegrees() {
        UnitsEvidence evidence = UnitsEvidence.of(
                new float[] {-30, -104.5f, 0, 0, -20, 0}, new float[] {40, 50, 90, 90, 20, 130});
        assertEquals(Units.DEGREES, evidence.units());
        assertEquals("the policy was trained in degrees (shoulder_lift from -104.50 to 50.00), the arm is set to"
                + " range_m100_100: use --robot.units degrees", evidence.contradiction(Units.RANGE_M100_100));
        assertNull(evidence.contradiction(Units.DEGREES));
    }

    @Test
    void aJointThatEndsAtExactlyAHundredIsInRangeUnits() {
        float[] min = {-30, -100, 0, 0, -20, 0, -30, -99, 0, 0, -20, 0};
        float[] max = {40, 50, 90, 90, 20, 100, 40, 50, 90, 90, 20, 100};
        UnitsEvidence evidence = UnitsEvidence.of(min, max);
        assertEquals(Units.RANGE_M100_100, evidence.units());
        assertNull(evidence.contradiction(Units.RANGE_M100_100));
        assertEquals(Units.RANGE_M100_100, evidence.units());
    }

    @Test
    void smallMotionsProveNothing() {
        UnitsEvidence evidence =
                UnitsEvidence.of(new float[] {-30, -90, 0, 0, -20, 0}, new float[] {40, 50, 90, 90, 20, 100});
        assertNull(evidence.units());
        assertNull(evidence.contradiction(Units.DEGREES));
        assertThrows(IllegalArgumentException.class, () -> UnitsEvidence.of(new float[7], new float[7]));
    }
}
