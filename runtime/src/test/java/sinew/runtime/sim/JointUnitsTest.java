package sinew.runtime.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class JointUnitsTest {
    @Test
    void endsAndMiddleOfEachJoint() {
        for (int j = 0; j < ArmKinematics.JOINTS; j++) {
            boolean gripper = j == ArmKinematics.GRIPPER;
            assertEquals(gripper ? 0 : -100, JointUnits.toUnits(j, ArmKinematics.lower(j)));
            assertEquals(100, JointUnits.toUnits(j, ArmKinematics.upper(j)));
            double middle = (ArmKinematics.lower(j) + ArmKinematics.upper(j)) / 2;
            assertEquals(gripper ? 50 : 0, JointUnits.toUnits(j, middle), 0.05);
        }
    }

    @Test
    void statesLieOnTheEncodersGrid() {
        for (int j = 0; j < ArmKinematics.JOINTS; j++) {
            double full = j == ArmKinematics.GRIPPER ? 100 : 200, low = j == ArmKinematics.GRIPPER ? 0 : -100;
            for (double angle = -0.15; angle < 1.6; angle += 0.0137) {
                double steps = (JointUnits.toUnits(j, angle) - low) / full * JointUnits.span(j);
                assertEquals(Math.rint(steps), steps, 1e-3);
            }
        }
    }

    @Test
    void commandsAreClampedAndTruncatedToAStep() {
        double step = 2 * Math.PI / 4096;
        for (int j = 0; j < ArmKinematics.JOINTS; j++) {
            assertEquals(ArmKinematics.upper(j), JointUnits.toAngle(j, 150), 1e-9);
            assertEquals(ArmKinematics.lower(j), JointUnits.toAngle(j, -150), 1e-9);
            for (float units = 0; units < 100; units += 3.3f) {
                double angle = JointUnits.toAngle(j, units);
                double lost = units - JointUnits.toUnitsExact(j, angle);
                double oneStep = step / (ArmKinematics.upper(j) - ArmKinematics.lower(j)) * 200;
                assertTrue(lost > -1e-4 && lost < oneStep * 1.01, "joint " + j + " at " + units + " lost " + lost);
            }
        }
    }
}
