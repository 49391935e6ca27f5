package sinew.runtime.checks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import sinew.runtime.arm.Calibration;
import sinew.runtime.arm.So101;
import sinew.runtime.arm.Units;

/// Whether an arm's calibrated ranges are those of an SO-101 whose joints were moved from stop to stop.
final class CalibrationCheck {
    private static final String TOPIC = "calibration";
    /// Steps from stop to stop of arms that were calibrated well, in the order of the joints; grippers differ most.
    private static final int[] USUAL = {2580, 2390, 2220, 2390, 3840, 1600};
    private static final double LEAST = 0.7;
    private static final int WHOLE_TURN = So101.LAST_STEP;

    private CalibrationCheck() {}

    /// @param arms by name, `arm` or `left` and `right`
    static List<Finding> of(Map<String, Calibration> arms, Units units) {
        List<Finding> findings = new ArrayList<>();
        arms.forEach((arm, calibration) -> {
            List<String> narrow = new ArrayList<>();
            for (int i = 0; i < So101.COUNT; i++) {
                int span = calibration.motor(i).span();
                if (span < LEAST * USUAL[i]) {
                    narrow.add(So101.JOINTS.get(i) + " has " + span + " steps, usual are about " + USUAL[i]);
                }
            }
            if (!narrow.isEmpty()) {
                findings.add(Finding.warning(TOPIC, arm + ": " + String.join("; ", narrow),
                        "calibrate again and move every joint from stop to stop (sinew arm calibrate)"));
            }
            if (units == Units.RANGE_M100_100 && calibration.motor(So101.WRIST_ROLL).span() >= WHOLE_TURN) {
                findings.add(Finding.warning(TOPIC, arm + ": wrist_roll has its whole turn for a range, as LeRobot gives it"
                        + " since 0.4.3", "a policy of demonstrations with a swept wrist_roll reads other values there;"
                        + " calibrate as that arm was (sinew arm calibrate sweeps it, --full-turn-wrist does not)"));
            }
        });
        return findings.isEmpty() ? List.of(Finding.ok(TOPIC, "every joint has the range of an SO-101")) : findings;
    }
}
