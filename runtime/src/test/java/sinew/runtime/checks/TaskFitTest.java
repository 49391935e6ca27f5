package sinew.runtime.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.PolicySpec;
import sinew.runtime.env.EnvTask;

class TaskFitTest {
    @Test
    void findsTheTaskOfAPolicy() {
        assertEquals(EnvTask.LIFT, fit(spec(6, "front", "wrist")).first());
        assertEquals(EnvTask.LIFT, fit(spec(6, "front")).first(), "a policy may look through fewer cameras");
        assertEquals(EnvTask.SORT, fit(spec(12, "front", "right_wrist", "left_wrist")).first());
        assertNull(fit(spec(6, "top")).first());
        assertNull(fit(spec(14)).first());
    }

    @Test
    void saysAllThatDoesNotFit() {
        assertEquals(
                List.of("the policy wants camera 'wrist', task sort has front, left_wrist, right_wrist",
                        "the policy moves 6 joints, task sort has 12",
                        "the policy wants a state of 6 numbers, task sort has 12"),
                fit(spec(6, "front", "wrist")).problems(EnvTask.SORT));
        PolicySpec environment = new DiffusionSpec(
                List.of(new Feature("observation.environment_state", FeatureType.ENV, List.of(16))),
                new Feature("action", FeatureType.ACTION, List.of(6)), 2, 16, 8, Map.of(), null, null, null);
        assertEquals(List.of("the policy wants observation.environment_state, which no task has"),
                fit(environment).problems(EnvTask.LIFT));
    }

    @Test
    void renamedCamerasCount() {
        assertEquals(List.of(), new TaskFit(spec(6, "top"), Map.of("images.front", "top")).problems(EnvTask.LIFT));
    }

    private static TaskFit fit(PolicySpec spec) {
        return new TaskFit(spec, Map.of());
    }

    private static PolicySpec spec(int dim, String... cameras) {
        List<Feature> inputs = new ArrayList<>();
        inputs.add(new Feature("observation.state", FeatureType.STATE, List.of(dim)));
        for (String camera : cameras) {
            inputs.add(new Feature("observation.images." + camera, FeatureType.VISUAL, List.of(3, 480, 640)));
        }
        return new DiffusionSpec(
                inputs, new Feature("action", FeatureType.ACTION, List.of(dim)), 2, 16, 8, Map.of(), null, null, null);
    }
}
