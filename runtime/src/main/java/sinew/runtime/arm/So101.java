package sinew.runtime.arm;

import java.util.List;

/// What is the same on every SO-101: six STS3215 servos with ids 1 to 6 in this order, the gripper last.
public final class So101 {
    public static final List<String> JOINTS =
            List.of("shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll", "gripper");
    public static final int COUNT = JOINTS.size();
    public static final int GRIPPER = COUNT - 1;
    public static final int WRIST_ROLL = 4;
    public static final int MODEL = 777;

    /// Steps of the encoder in one turn, less one: the largest position.
    public static final int LAST_STEP = 4095;

    private So101() {}

    /// The servos' ids in the order of [#JOINTS].
    public static int[] ids() {
        return new int[] {1, 2, 3, 4, 5, 6};
    }
}
