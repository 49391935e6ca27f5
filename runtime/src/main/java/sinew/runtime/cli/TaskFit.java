package sinew.runtime.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.PolicySpec;
import sinew.runtime.env.EnvTask;

/// Whether a policy can be the one for a task: its cameras and its joints.
final class TaskFit {
    private final PolicySpec spec;
    private final Map<String, String> renames;

    /// @param renames what the server calls a camera, by its path in the request
    TaskFit(PolicySpec spec, Map<String, String> renames) {
        this.spec = spec;
        this.renames = renames;
    }

    /// The first task that fits, or null.
    EnvTask first() {
        for (EnvTask task : EnvTask.values()) {
            if (problems(task).isEmpty()) {
                return task;
            }
        }
        return null;
    }

    /// Why the policy cannot be the one for `task`; empty when it can.
    List<String> problems(EnvTask task) {
        List<String> problems = new ArrayList<>();
        List<String> sent = new ArrayList<>();
        for (String camera : task.cameras()) {
            sent.add(renames.getOrDefault("images." + camera, camera));
        }
        for (Feature camera : spec.cameras()) {
            if (!sent.contains(shortName(camera))) {
                problems.add("the policy wants camera '" + shortName(camera) + "', task " + task.id() + " has "
                        + String.join(", ", task.cameras()));
            }
        }
        if (spec.action().size() != task.actionDim()) {
            problems.add("the policy moves " + spec.action().size() + " joints, task " + task.id() + " has "
                    + task.actionDim());
        }
        for (Feature input : spec.inputs()) {
            if (input.type() == FeatureType.ENV) {
                problems.add("the policy wants " + input.name() + ", which no task has");
            }
            if (input.type() == FeatureType.STATE && input.size() != task.actionDim()) {
                problems.add("the policy wants a state of " + input.size() + " numbers, task " + task.id() + " has "
                        + task.actionDim());
            }
        }
        return problems;
    }

    /// `front` for `observation.images.front`.
    static String shortName(Feature feature) {
        return feature.name().substring(feature.name().lastIndexOf('.') + 1);
    }
}
