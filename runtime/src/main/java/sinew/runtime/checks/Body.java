package sinew.runtime.checks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sinew.engine.policy.VisionSpec.Size;
import sinew.runtime.arm.So101;
import sinew.runtime.arm.Units;
import sinew.runtime.env.EnvTask;

/// What there is for a policy to see and to move.
///
/// @param name    for messages: `task lift`
/// @param task    null when it is of the user's own
/// @param joints  values of an action and of the state
/// @param cameras size of the pictures by the camera's name; null where it is not known
/// @param units   of states and actions, or null where they have none
/// @param fps     control steps per second; 0 for as fast as it goes
public record Body(
        Kind kind, String name, EnvTask task, int joints, Map<String, Size> cameras, Units units, double fps) {
    /// What kind of body.
    public enum Kind {
        /// Real arms and cameras.
        ROBOT,
        /// Simulated ones.
        SIMULATION,
        /// Random or recorded observations, or a task as such: nothing that moves.
        PAPER
    }

    public Body {
        cameras = Collections.unmodifiableMap(new LinkedHashMap<>(cameras));
    }

    /// What every body of a task has.
    public static Body of(EnvTask task) {
        Map<String, Size> cameras = new LinkedHashMap<>();
        task.cameras().forEach(camera -> cameras.put(camera, null));
        return new Body(Kind.PAPER, "task " + task.id(), task, task.actionDim(), cameras, null, 0);
    }

    /// As that, with pictures of one size from all cameras.
    public static Body of(Kind kind, EnvTask task, Size pictures, Units units, double fps) {
        Map<String, Size> cameras = new LinkedHashMap<>();
        task.cameras().forEach(camera -> cameras.put(camera, pictures));
        return new Body(kind, "task " + task.id(), task, task.actionDim(), cameras, units, fps);
    }

    /// Names of the joints: of one arm, or of two with the side in front; numbers where they are of something else.
    public List<String> jointNames() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < joints; i++) {
            String joint = So101.JOINTS.get(i % So101.COUNT);
            names.add(switch (joints) {
                case 6 -> joint;
                case 12 -> (i < So101.COUNT ? "left_" : "right_") + joint;
                default -> "joint " + (i + 1);
            });
        }
        return names;
    }
}
