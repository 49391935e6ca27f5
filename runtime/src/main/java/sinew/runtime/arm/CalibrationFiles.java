package sinew.runtime.arm;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Where LeRobot keeps calibrations: `<calibration>/robots/so_follower/<id>.json` and the like.
///
/// The folder is `$HF_LEROBOT_CALIBRATION`, else `$HF_LEROBOT_HOME/calibration`, else
/// `$HF_HOME/lerobot/calibration`, else `~/.cache/huggingface/lerobot/calibration`.
public final class CalibrationFiles {
    private final Path root;

    public CalibrationFiles() {
        this(System.getenv(), Path.of(System.getProperty("user.home")));
    }

    CalibrationFiles(Map<String, String> environment, Path home) {
        String calibration = environment.get("HF_LEROBOT_CALIBRATION");
        String lerobot = environment.get("HF_LEROBOT_HOME");
        String huggingFace = environment.get("HF_HOME");
        if (set(calibration)) {
            root = expand(calibration, home);
        } else if (set(lerobot)) {
            root = expand(lerobot, home).resolve("calibration");
        } else {
            Path cache = set(huggingFace) ? expand(huggingFace, home) : home.resolve(".cache/huggingface");
            root = cache.resolve("lerobot/calibration");
        }
    }

    private static boolean set(String value) {
        return value != null && !value.isBlank();
    }

    private static Path expand(String path, Path home) {
        return path.startsWith("~/") ? home.resolve(path.substring(2)) : Path.of(path);
    }

    /// The file of arm `id`: the one that is there, under LeRobot's present name of the robot or its former one;
    /// where none is, the place for a new one.
    public Path file(ArmRole role, String id) {
        if (id.isBlank() || id.contains("/") || id.contains("\\") || id.startsWith(".")) {
            throw new RobotException(RobotException.Kind.CALIBRATION,
                    "an arm's id names its calibration file; it cannot be \"" + id + "\"");
        }
        Path first = null;
        for (String name : role.names) {
            Path file = root.resolve(role.folder).resolve(name).resolve(id + ".json");
            if (Files.exists(file)) {
                return file;
            }
            first = first == null ? file : first;
        }
        return first;
    }
}
