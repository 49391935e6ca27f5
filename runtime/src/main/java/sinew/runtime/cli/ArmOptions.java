package sinew.runtime.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;
import sinew.runtime.arm.ArmRole;
import sinew.runtime.arm.ArmSettings;
import sinew.runtime.arm.BimanualArm;
import sinew.runtime.arm.Calibration;
import sinew.runtime.arm.CalibrationFiles;
import sinew.runtime.arm.OnStop;
import sinew.runtime.arm.RobotArm;
import sinew.runtime.arm.SafetyLimits;
import sinew.runtime.arm.So101Arm;
import sinew.runtime.arm.Units;

/// The options that say which follower arm, or pair of arms, is meant, and how it may move.
class ArmOptions {
    @Option(names = "--robot.type", paramLabel = "TYPE",
            description = "so101 for one arm, bi_so101 for two (sinew arm: so101 when not given).")
    String type;

    @Option(names = "--robot.port", paramLabel = "DEVICE",
            description = "The arm's serial port, e.g. /dev/ttyACM0.")
    String port;

    @Option(names = {"--robot.left-port", "--robot.left_arm_port", "--robot.left_arm_config.port"},
            paramLabel = "DEVICE",
            description = "The left arm's port (bi_so101).")
    String leftPort;

    @Option(names = {"--robot.right-port", "--robot.right_arm_port", "--robot.right_arm_config.port"},
            paramLabel = "DEVICE",
            description = "The right arm's port (bi_so101).")
    String rightPort;

    @Option(names = "--robot.id", paramLabel = "NAME",
            description = "Names the calibration file; two arms use NAME_left and NAME_right.")
    String id;

    @Option(names = "--robot.calibration", paramLabel = "FILE",
            description = "Calibration file, instead of LeRobot's place for it (one arm).")
    Path calibration;

    @Option(names = "--robot.units", paramLabel = "UNITS", defaultValue = "range_m100_100",
            description = "range_m100_100 or degrees: what the policy was trained in (default: ${DEFAULT-VALUE}).")
    String units;

    @Option(names = {"--robot.max-relative-target", "--robot.max_relative_target"}, paramLabel = "UNITS",
            description = "How far from its present position a joint may be told to go per action: a number, or"
                    + " '{shoulder_pan: 5, ...}' for every joint (default: no limit).")
    String maxRelativeTarget;

    @Option(names = {"--robot.max-speed", "--robot.max_speed"}, paramLabel = "STEPS/S",
            description = "How fast goals may move (4096 steps are one turn).")
    Double maxSpeed;

    @Option(names = "--on-stop", paramLabel = "HOW", defaultValue = "rest",
            description = "How the arm is left: hold, limp (it falls) or rest (folds, then limp) (default: "
                    + "${DEFAULT-VALUE}).")
    String onStop;

    boolean bimanual() {
        return switch (type) {
            case null -> false;
            case "so101", "so101_follower", "so_follower" -> false;
            case "bi_so101", "bi_so101_follower", "bi_so_follower" -> true;
            default -> throw new IllegalArgumentException("--robot.type is so101 or bi_so101, got " + type);
        };
    }

    /// Opens and checks the arm or both arms.
    RobotArm connect() {
        return connect(false);
    }

    /// @param dry nothing is ever written to the servos
    RobotArm connect(boolean dry) {
        if (!bimanual()) {
            ArmSettings one = settings("arm", require(port, "--robot.port"), "");
            return dry ? So101Arm.connectDry(one) : So101Arm.connect(one);
        }
        ArmSettings left = settings("left", require(leftPort, "--robot.left-port"), "_left");
        ArmSettings right = settings("right", require(rightPort, "--robot.right-port"), "_right");
        return dry ? BimanualArm.connectDry(left, right) : BimanualArm.connect(left, right);
    }

    /// The calibration of each arm, by its name in messages.
    Map<String, Calibration> calibrations() {
        Map<String, Calibration> arms = new LinkedHashMap<>();
        if (bimanual()) {
            arms.put("left", calibration("_left"));
            arms.put("right", calibration("_right"));
        } else {
            arms.put("arm", calibration(""));
        }
        return arms;
    }

    private Calibration calibration(String suffix) {
        return Calibration.read(file(ArmRole.FOLLOWER, id, suffix, calibration, "--robot"));
    }

    Units units() {
        return Units.parse(units);
    }

    /// Whether the options make sense, before anything is opened.
    ///
    /// @throws IllegalArgumentException names the one that does not
    void check() {
        if (bimanual()) {
            require(leftPort, "--robot.left-port");
            require(rightPort, "--robot.right-port");
            file(ArmRole.FOLLOWER, id, "_left", calibration, "--robot");
        } else {
            require(port, "--robot.port");
            file(ArmRole.FOLLOWER, id, "", calibration, "--robot");
        }
        units();
        limits();
        OnStop.parse(onStop);
    }

    private ArmSettings settings(String name, String device, String suffix) {
        return new ArmSettings(
                name, device, ArmRole.FOLLOWER,
                calibration(suffix),
                units(), limits(), OnStop.parse(onStop));
    }

    /// The calibration file of an arm that is named by id or by path.
    static Path file(ArmRole role, String id, String suffix, Path path, String prefix) {
        if (path != null) {
            if (!suffix.isEmpty()) {
                throw new IllegalArgumentException(
                        prefix + ".calibration names one arm's file; two arms need " + prefix + ".id");
            }
            return path;
        }
        return new CalibrationFiles().file(role, require(id, prefix + ".id (or " + prefix + ".calibration)") + suffix);
    }

    static String require(String value, String option) {
        if (value == null) {
            throw new IllegalArgumentException("missing " + option);
        }
        return value;
    }

    private SafetyLimits limits() {
        SafetyLimits limits = SafetyLimits.defaults();
        if (maxRelativeTarget != null) {
            limits = maxRelativeTarget.contains(":")
                    ? limits.withMaxRelativeTarget(perJoint(maxRelativeTarget))
                    : limits.withMaxRelativeTarget(number(maxRelativeTarget));
        }
        return maxSpeed == null ? limits : limits.withMaxSpeed(maxSpeed);
    }

    private static Map<String, Double> perJoint(String text) {
        Map<String, Double> limits = new LinkedHashMap<>();
        for (String entry : text.replaceAll("[{}\"' ]", "").split(",")) {
            String[] pair = entry.split(":");
            if (pair.length != 2) {
                throw new IllegalArgumentException("--robot.max-relative-target: '" + entry + "' is not joint: number");
            }
            limits.put(pair[0], number(pair[1]));
        }
        return limits;
    }

    private static double number(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--robot.max-relative-target: '" + text + "' is not a number");
        }
    }
}
