package sinew.runtime.checks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.VisionSpec.Size;
import sinew.runtime.env.EnvTask;

/// Whether a policy can be the one for a body: its cameras and their pictures, its joints.
public final class TaskFit {
    private static final String TOPIC = "policy";

    private final PolicyFacts policy;
    private final Map<String, String> renames;

    TaskFit(PolicyFacts policy) {
        this.policy = policy;
        this.renames = policy.renames();
    }

    /// @param renames what the server calls a camera, by its path in the request
    public TaskFit(PolicySpec spec, Map<String, String> renames) {
        policy = PolicyFacts.of(spec, Map.of());
        this.renames = renames;
    }

    /// The first task that fits, or null.
    public EnvTask first() {
        for (EnvTask task : EnvTask.values()) {
            if (problems(task).isEmpty()) {
                return task;
            }
        }
        return null;
    }

    /// Why the policy cannot be the one for `task`; empty when it can.
    public List<String> problems(EnvTask task) {
        return findings(Body.of(task)).stream().filter(Finding::isError).map(Finding::message).toList();
    }

    /// Everything that does not fit, or one finding that says that all does.
    List<Finding> findings(Body body) {
        if (policy.inputs().isEmpty()) {
            String unknown = "the server does not tell what its policy wants to see";
            String unchecked = "nobody has checked its cameras and joints against those of " + body.name();
            return List.of(body.kind() == Body.Kind.ROBOT
                    ? Finding.warning(TOPIC, unknown, unchecked)
                    : Finding.ok(TOPIC, unknown + "; " + unchecked));
        }
        List<Finding> findings = new ArrayList<>();
        for (Feature camera : policy.cameras()) {
            check(camera, body, findings);
        }
        String other = "take the policy of this task, or the task of this policy";
        if (policy.actionDim() != 0 && policy.actionDim() != body.joints()) {
            findings.add(Finding.error(TOPIC, "the policy moves " + policy.actionDim() + " joints, " + body.name()
                    + " has " + body.joints(), other));
        }
        for (Feature input : policy.inputs()) {
            if (input.type() == FeatureType.ENV) {
                findings.add(Finding.error(TOPIC, "the policy wants " + input.name() + ", which no task has",
                        "only policies that see cameras and joints can drive an arm"));
            }
            if (input.type() == FeatureType.STATE && input.size() != body.joints()) {
                findings.add(Finding.error(TOPIC, "the policy wants a state of " + input.size() + " numbers, "
                        + body.name() + " has " + body.joints(), other));
            }
        }
        return findings.isEmpty() ? List.of(Finding.ok(TOPIC, "sees and moves what " + body.name() + " has")) : findings;
    }

    private void check(Feature camera, Body body, List<Finding> findings) {
        String source = source(camera, body);
        if (source == null) {
            findings.add(Finding.error(TOPIC, "the policy wants camera '" + shortName(camera) + "', " + body.name()
                    + " has " + String.join(", ", body.cameras().keySet()), "take the policy of this task, or let the"
                    + " server rename a camera: --policy.rename-map images.CAMERA=" + shortName(camera)));
            return;
        }
        Size there = body.cameras().get(source);
        Size wanted = new Size(camera.shape().get(1), camera.shape().get(2));
        if (there != null && !there.equals(wanted)) {
            findings.add(Finding.error("camera " + source, "its pictures are " + words(there) + ", the policy was trained"
                    + " with " + words(wanted), body.kind() == Body.Kind.ROBOT
                    ? "give it width: " + wanted.width() + ", height: " + wanted.height() + " in --robot.cameras"
                    : "this policy was trained elsewhere and cannot see here"));
        }
    }

    /// The body's camera that a policy's camera looks through, or null.
    String source(Feature camera, Body body) {
        for (String name : body.cameras().keySet()) {
            if (renames.getOrDefault("images." + name, name).equals(shortName(camera))) {
                return name;
            }
        }
        boolean only = shortName(camera).equals("image") && policy.cameras().size() == 1 && body.cameras().size() == 1;
        return only ? body.cameras().keySet().iterator().next() : null;
    }

    static String words(Size size) {
        return size.width() + "x" + size.height();
    }

    /// `front` for `observation.images.front`.
    public static String shortName(Feature feature) {
        return feature.name().substring(feature.name().lastIndexOf('.') + 1);
    }
}
