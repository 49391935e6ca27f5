package sinew.runtime.env;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// The three tasks of the SO-101 bench: which arms move, which cameras look.
public enum EnvTask {
    LIFT("lift up the red cube", List.of("arm"), List.of("front", "wrist")),
    STACK("stack the red cube on the green cube", List.of("arm"), List.of("front", "wrist")),
    SORT("sort the cubes by color", List.of("left_arm", "right_arm"), List.of("front", "left_wrist", "right_wrist"));

    /// Joints of one arm: five of the body and the gripper.
    public static final int ARM_JOINTS = 6;

    private final String prompt;
    private final List<String> arms;
    private final List<String> cameras;

    EnvTask(String prompt, List<String> arms, List<String> cameras) {
        this.prompt = prompt;
        this.arms = arms;
        this.cameras = cameras;
    }

    /// The name on the command line: `lift`, `stack`, `sort`.
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// What to do, in the words of the data sets.
    public String prompt() {
        return prompt;
    }

    /// Keys of the states, [6] each, in the order in which an action concatenates them.
    public List<String> arms() {
        return arms;
    }

    public List<String> cameras() {
        return cameras;
    }

    /// Length A of an action.
    public int actionDim() {
        return arms.size() * ARM_JOINTS;
    }

    /// All names, in the order of this enum.
    public static List<String> ids() {
        return Arrays.stream(values()).map(EnvTask::id).toList();
    }

    /// The task with this name, or null when there is none.
    public static EnvTask byId(String id) {
        for (EnvTask task : values()) {
            if (task.id().equals(id)) {
                return task;
            }
        }
        return null;
    }
}
