package sinew.runtime.checks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import sinew.engine.policy.ValueRange;

/// Whether the joints stand where the policy's demonstrations had them, and whether its first action is near.
final class PoseCheck {
    private static final String TOPIC = "pose";
    /// Of a joint's range in the training data: so far beyond it is still where demonstrations were.
    private static final double SLACK = 0.05;
    /// Of that range: a first action that is farther away than this makes the arm leap.
    private static final double LEAP = 0.25;
    private static final double UNKNOWN_RANGE = 200;

    private PoseCheck() {}

    /// @param positions [joints] as they are now
    static List<Finding> standing(PolicyFacts policy, Body body, float[] positions) {
        ValueRange range = policy.range("observation.state", positions.length);
        if (range == null) {
            return List.of();
        }
        List<String> outside = new ArrayList<>();
        for (int i = 0; i < positions.length; i++) {
            double slack = SLACK * (range.max()[i] - range.min()[i]);
            // Written so that what is not a number counts.
            if (!(positions[i] >= range.min()[i] - slack && positions[i] <= range.max()[i] + slack)) {
                outside.add(String.format(Locale.ROOT, "%s stands at %.1f, demonstrations had it from %.1f to %.1f",
                        body.jointNames().get(i), positions[i], range.min()[i], range.max()[i]));
            }
        }
        return List.of(outside.isEmpty()
                ? Finding.ok(TOPIC, "every joint stands where demonstrations had it")
                : Finding.warning(TOPIC, String.join("; ", outside), "bring the arm to where its demonstrations began;"
                        + " where that does not help, its calibration or units are others than theirs"));
    }

    /// @param action [joints] the first of a chunk that was predicted from these positions
    static List<Finding> firstAction(PolicyFacts policy, Body body, float[] positions, float[] action) {
        if (action.length != positions.length) {
            return List.of(Finding.error("action", "an action has " + action.length + " values, " + body.name() + " has "
                    + positions.length + " joints", "take the policy of this task"));
        }
        ValueRange range = policy.range("action", positions.length);
        List<String> far = new ArrayList<>();
        for (int i = 0; i < positions.length; i++) {
            double width = range == null ? UNKNOWN_RANGE : range.max()[i] - range.min()[i];
            double away = Math.abs(action[i] - positions[i]);
            if (!(away <= LEAP * width) && width > 0) {
                far.add(String.format(Locale.ROOT, "%s from %.1f to %.1f", body.jointNames().get(i), positions[i],
                        action[i]));
            }
        }
        return List.of(far.isEmpty()
                ? Finding.ok("action", "the first action is near where the joints stand")
                : Finding.warning("action", "the first action goes far: " + String.join(", ", far), "bring the arm to where"
                        + " demonstrations began, or limit it with --robot.max-relative-target"));
    }
}
