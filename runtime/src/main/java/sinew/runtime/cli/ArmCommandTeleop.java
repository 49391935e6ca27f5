package sinew.runtime.cli;

import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sinew.runtime.arm.ArmRole;
import sinew.runtime.arm.ArmSettings;
import sinew.runtime.arm.BimanualArm;
import sinew.runtime.arm.Calibration;
import sinew.runtime.arm.OnStop;
import sinew.runtime.arm.Operator;
import sinew.runtime.arm.RobotArm;
import sinew.runtime.arm.SafetyLimits;
import sinew.runtime.arm.So101Arm;
import sinew.runtime.arm.Teleoperation;
import sinew.runtime.arm.Units;

/// `sinew arm teleop`.
@Command(name = "teleop",
        description = "Lead the arm, or two arms, by hand with leader arms.", mixinStandardHelpOptions = true)
final class ArmCommandTeleop extends ArmCommandBase {
    @Mixin
    private ShortArmOptions follower;

    @Option(names = "--teleop.port", paramLabel = "DEVICE", description = "The leader's port.")
    private String port;

    @Option(names = {"--teleop.left-port", "--teleop.left_arm_port", "--teleop.left_arm_config.port"},
            paramLabel = "DEVICE")
    private String leftPort;

    @Option(names = {"--teleop.right-port", "--teleop.right_arm_port", "--teleop.right_arm_config.port"},
            paramLabel = "DEVICE")
    private String rightPort;

    @Option(names = "--teleop.id", paramLabel = "NAME", description = "Names the leader's calibration file.")
    private String id;

    @Option(names = "--teleop.calibration", paramLabel = "FILE",
            description = "The leader's calibration file (one arm).")
    private Path calibration;

    @Option(names = "--fps", defaultValue = "60",
            description = "How often the follower is told, per second (default: ${DEFAULT-VALUE}).")
    private double fps;

    @Option(names = "--duration", paramLabel = "SECONDS", description = "End after this time; otherwise ENTER ends it.")
    private Double seconds;

    @Override
    int work(Operator operator) {
        try (RobotArm leader = leader()) {
            try (RobotArm arm = follower.connect()) {
                operator.say("The follower now goes where the leader is, and follows it. Press ENTER to end.");
                long late = new Teleoperation(leader, arm, operator, fps)
                        .run(seconds == null ? Double.POSITIVE_INFINITY : seconds);
                operator.say("Ended; " + late + " late ticks.");
            }
        }
        return OK;
    }

    private RobotArm leader() {
        if (!follower.bimanual()) {
            return So101Arm.connect(settings("leader", ArmOptions.require(port, "--teleop.port"), ""));
        }
        return BimanualArm.connect(
                settings("left leader", ArmOptions.require(leftPort, "--teleop.left-port"), "_left"),
                settings("right leader", ArmOptions.require(rightPort, "--teleop.right-port"), "_right"));
    }

    private ArmSettings settings(String name, String device, String suffix) {
        Path file = ArmOptions.file(ArmRole.LEADER, id, suffix, calibration, "--teleop");
        return new ArmSettings(
                name, device, ArmRole.LEADER, Calibration.read(file), Units.parse(follower.units),
                SafetyLimits.defaults(), OnStop.LIMP);
    }
}
