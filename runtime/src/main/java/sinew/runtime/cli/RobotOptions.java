package sinew.runtime.cli;

import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import sinew.runtime.camera.CameraException;
import sinew.runtime.camera.CameraSettings;
import sinew.runtime.env.EnvTask;
import sinew.runtime.env.So101Env;

/// The options of `sinew run` that make it drive a real arm.
final class RobotOptions extends ArmOptions {
    private static final Set<String> OURS = Set.of("--on-stop", "--dry-run", "--allow-unit-mismatch");
    private static final List<String> OTHER_WORLDS =
            List.of("--env.type", "--env.dataset-path", "--env.episode-index", "--env.variation", "--env.seed");

    @Option(names = "--robot.cameras", paramLabel = "CAMERAS",
            description = "The cameras, as LeRobot writes them: '{front: {type: v4l2, index_or_path: /dev/video0,"
                    + " width: 640, height: 480, fps: 30}, wrist: {...}}'.")
    private String cameras;

    @Option(names = "--robot.max-frame-age", paramLabel = "MS", defaultValue = "500",
            description = "Pictures older than this stop the arm. Default: ${DEFAULT-VALUE}.")
    private int maxFrameMs;

    @Option(names = "--robot.max-wait", paramLabel = "MS", defaultValue = "10000",
            description = "A policy that thinks longer than this stops the arm. Default: ${DEFAULT-VALUE}.")
    private int maxWaitMs;

    @Option(names = "--robot.max-missed", paramLabel = "N", defaultValue = "15",
            description = "So many control steps within a second that begin more than a whole step late stop the arm; 0:"
                    + " never. Default: ${DEFAULT-VALUE}.")
    private int maxMissed;

    @Option(names = "--dry-run", description = "Does everything but write to the arm's servos.")
    private boolean dryRun;

    @Option(names = "--allow-unit-mismatch",
            description = "Runs a policy whose statistics contradict --robot.units.")
    private boolean allowUnitMismatch;

    /// Whether a real arm is meant.
    ///
    /// @throws IllegalArgumentException when options of different worlds were given
    boolean meant(ParseResult given) {
        if (type == null) {
            given.matchedOptions().stream().map(o -> o.longestName())
                    .filter(name -> name.startsWith("--robot.") || OURS.contains(name))
                    .findFirst().ifPresent(name -> {
                        throw new IllegalArgumentException(
                                name + " is for a real arm: add --robot.type so101 or bi_so101");
                    });
            return false;
        }
        OTHER_WORLDS.stream().filter(given::hasMatchedOption).findFirst().ifPresent(name -> {
            throw new IllegalArgumentException(name + " is not for a real arm: leave out either it or --robot.type");
        });
        return true;
    }

    /// @param maxSteps an episode's length; 0 for until the operator stops it
    World.Robot world(EnvTask task, double fps, int maxSteps) {
        check();
        int joints = (bimanual() ? 2 : 1) * EnvTask.ARM_JOINTS;
        if (joints != task.actionDim()) {
            throw new IllegalArgumentException("--env.task " + task.id() + " moves " + task.actionDim()
                    + " joints, --robot.type " + type + " has " + joints);
        }
        So101Env.Options options = new So101Env.Options(task, fps, maxSteps, maxFrameMs, maxWaitMs, maxMissed);
        return new World.Robot(task, this, cameras(task), options, dryRun, allowUnitMismatch);
    }

    private Map<String, CameraSettings> cameras(EnvTask task) {
        Map<String, CameraSettings> settings;
        try {
            settings = CameraSettings.parse(require(cameras, "--robot.cameras"));
        } catch (CameraException e) {
            throw new IllegalArgumentException("--robot.cameras: " + e.getMessage(), e);
        }
        if (!settings.keySet().equals(Set.copyOf(task.cameras()))) {
            throw new IllegalArgumentException("--env.task " + task.id() + " needs the cameras "
                    + String.join(", ", task.cameras()) + "; --robot.cameras has "
                    + String.join(", ", settings.keySet()));
        }
        return settings;
    }
}
