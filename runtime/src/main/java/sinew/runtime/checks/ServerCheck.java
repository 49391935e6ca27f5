package sinew.runtime.checks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import sinew.engine.policy.Feature;

/// Whether a server serves the policy that its user thinks it does.
final class ServerCheck {
    private static final String TOPIC = "server";
    private static final String START = "start it with that policy: sinew serve --policy.path ...";

    private ServerCheck() {}

    static List<Finding> samePolicy(PolicyFacts local, PolicyFacts served) {
        if (served.inputs().isEmpty()) {
            return List.of(Finding.warning(TOPIC, "the server does not tell what its policy wants to see",
                    "nobody has checked that it is the one of --policy.path"));
        }
        List<Finding> findings = new ArrayList<>();
        if (!shapes(local).equals(shapes(served))) {
            findings.add(Finding.error(TOPIC, "the served policy sees " + shapes(served) + ", that of --policy.path "
                    + shapes(local), START));
        }
        if (served.actionDim() != local.actionDim()) {
            findings.add(Finding.error(TOPIC, "the served policy moves " + served.actionDim() + " joints, that of"
                    + " --policy.path " + local.actionDim(), START));
        }
        if (served.actionSteps() != local.actionSteps()) {
            findings.add(Finding.warning(TOPIC, "the server sends " + served.actionSteps() + " actions per chunk, the"
                    + " policy of --policy.path has " + local.actionSteps(), "is it another policy, or was it started"
                    + " with --policy.act-steps?"));
        }
        return findings.isEmpty() ? List.of(Finding.ok(TOPIC, "serves a policy of the same inputs and actions"))
                : findings;
    }

    private static Map<String, List<Integer>> shapes(PolicyFacts policy) {
        Map<String, List<Integer>> shapes = new TreeMap<>();
        for (Feature feature : policy.inputs()) {
            shapes.put(feature.name(), feature.shape());
        }
        return shapes;
    }
}
