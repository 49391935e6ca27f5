package sinew.runtime.arm;

import java.util.List;

/// Whether an arm is driven or led by hand. Decides its configuration and the place of its calibration.
public enum ArmRole {
    /// Moves by itself.
    FOLLOWER("robots", List.of("so_follower", "so101_follower")),
    /// Is moved by hand; its torque stays off.
    LEADER("teleoperators", List.of("so_leader", "so101_leader"));

    final String folder;
    final List<String> names; // LeRobot's, newest first

    ArmRole(String folder, List<String> names) {
        this.folder = folder;
        this.names = names;
    }
}
