package sinew.runtime.arm;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What a policy's statistics say about the units that it was trained in, and whether an arm's agree. In the range
/// units nothing is beyond 100; in degrees a joint of an SO-101 reaches 110 and more, unless it was used little.
///
/// @param units   what the statistics prove, or null when they prove nothing
/// @param reasons the joints and values that say so
public record UnitsEvidence(Units units, List<String> reasons) {
    private static final double RANGE_END = 100;
    private static final double SLACK = 0.01;

    /// Reads the smallest and largest value of each joint of one arm or two, [6] or [12], as the policy's normalisation
    /// has them.
    ///
    /// @throws IllegalArgumentException when these are not the joints of arms
    public static UnitsEvidence of(float[] min, float[] max) {
        if (min.length != max.length || min.length == 0 || min.length % So101.COUNT != 0) {
            throw new IllegalArgumentException("statistics of arms have 6 or 12 values, got " + min.length + " and "
                    + max.length);
        }
        List<String> beyond = new ArrayList<>();
        List<String> ends = new ArrayList<>();
        for (int i = 0; i < min.length; i++) {
            int joint = i % So101.COUNT;
            if (joint == So101.GRIPPER) {
                continue; // 0 to 100 in either
            }
            String where = String.format(Locale.ROOT, "%s from %.2f to %.2f", So101.JOINTS.get(joint), min[i], max[i]);
            if (min[i] < -RANGE_END - SLACK || max[i] > RANGE_END + SLACK) {
                beyond.add(where);
            } else if (Math.abs(min[i] + RANGE_END) <= SLACK || Math.abs(max[i] - RANGE_END) <= SLACK) {
                ends.add(where);
            }
        }
        if (!beyond.isEmpty()) {
            return new UnitsEvidence(Units.DEGREES, beyond);
        }
        // A joint at its very end reads exactly 100 in range units, because they are clamped; degrees have no such
        // value.
        return ends.isEmpty() ? new UnitsEvidence(null, List.of()) : new UnitsEvidence(Units.RANGE_M100_100, ends);
    }

    /// Why an arm set to `arm` must not be driven by this policy; null when nothing speaks against it.
    public String contradiction(Units arm) {
        if (units == null || units == arm) {
            return null;
        }
        return "the policy was trained in " + units + " (" + String.join(", ", reasons) + "), the arm is set to " + arm
                + ": use --robot.units " + units;
    }
}
