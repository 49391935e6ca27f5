package sinew.runtime.checks;

import java.util.List;
import sinew.engine.policy.ValueRange;
import sinew.runtime.arm.UnitsEvidence;

/// Whether a policy was trained in the units of a body, as far as its statistics tell.
final class UnitsCheck {
    private static final String TOPIC = "units";
    private static final List<String> FEATURES = List.of("action", "observation.state");

    private UnitsCheck() {}

    /// @param allowed whether the user wants to run a policy of other units
    static List<Finding> of(PolicyFacts policy, Body body, boolean allowed) {
        if (body.units() == null) {
            return List.of();
        }
        boolean known = false;
        for (String feature : FEATURES) {
            ValueRange range = policy.range(feature, body.joints());
            if (range == null) {
                continue;
            }
            known = true;
            UnitsEvidence evidence = UnitsEvidence.of(range.min(), range.max());
            if (evidence.contradiction(body.units()) != null) {
                return List.of(mismatch(evidence.contradiction(body.units()), body, allowed));
            }
        }
        if (known) {
            return List.of(Finding.ok(TOPIC, "nothing speaks against " + body.units()));
        }
        return body.kind() != Body.Kind.ROBOT ? List.of() : List.of(Finding.warning(TOPIC,
                "nothing tells what the policy's training data ranged over", "nobody has checked that it was trained in "
                + body.units() + " (--robot.units)"));
    }

    private static Finding mismatch(String contradiction, Body body, boolean allowed) {
        if (body.kind() != Body.Kind.ROBOT) {
            return Finding.warning(TOPIC, contradiction, "the simulation knows " + body.units() + " only");
        }
        return allowed
                ? Finding.warning(TOPIC, "going on as told by --allow-unit-mismatch, although " + contradiction, null)
                : Finding.error(TOPIC, contradiction, "or run it all the same with --allow-unit-mismatch");
    }
}
