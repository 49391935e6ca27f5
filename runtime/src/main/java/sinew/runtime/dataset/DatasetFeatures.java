package sinew.runtime.dataset;

import java.util.ArrayList;
import java.util.List;

/// What a data set of SO-101 arms holds per frame.
///
/// @param robotType `so101_follower` or `bi_so101_follower`
/// @param arms      1 or 2
/// @param cameras   names without the prefix `observation.images.`
/// @param fps       frames per second
public record DatasetFeatures(String robotType, int arms, List<String> cameras, int fps) {
    private static final List<String> MOTORS =
            List.of("shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll", "gripper");

    /// The features of one or two SO-101 arms.
    public static DatasetFeatures so101(int arms, List<String> cameras, int fps) {
        return new DatasetFeatures(arms == 1 ? "so101_follower" : "bi_so101_follower", arms, cameras, fps);
    }

    /// Length of states and actions.
    public int dim() {
        return arms * MOTORS.size();
    }

    /// Names of the values of a state or an action, left arm first.
    List<String> motorNames() {
        List<String> names = new ArrayList<>();
        for (int a = 0; a < arms; a++) {
            String side = arms == 1 ? "" : a == 0 ? "left_" : "right_";
            for (String motor : MOTORS) {
                names.add(side + motor + ".pos");
            }
        }
        return names;
    }

    static String videoKey(String camera) {
        return "observation.images." + camera;
    }
}
