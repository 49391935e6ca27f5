package sinew.convert;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import sinew.convert.safetensors.SafetensorsFile;

/// Reads a config.json of any family.
final class PolicyConfigs {
    private static final List<String> KNOWN = List.of("diffusion", "act", "multi_task_dit");

    private PolicyConfigs() {}

    /// @throws CheckpointException when the file is no config of a known policy, or names no usable features
    ///
    /// @param weights of the same checkpoint, or null when they cannot be read
    static PolicyConfig read(Path path, SafetensorsFile weights, Problems problems) throws IOException {
        JsonFields json = JsonFields.read(path, problems);
        String type = type(json);
        return switch (type == null ? "" : type) {
            case "diffusion" -> LeRobotConfig.read(json, problems);
            case "act" -> ActConfig.read(json, problems);
            case "multi_task_dit" -> MultiTaskDitConfig.read(json, path.getParent(), weights, problems);
            default -> throw unknown(path, type, KNOWN);
        };
    }

    /// Configs of 2024 name no type.
    static String type(JsonFields json) {
        return json.text("type", json.has("noise_scheduler_type") ? "diffusion" : null);
    }

    static CheckpointException unknown(Path path, String type, List<String> known) {
        return new CheckpointException(path, (type == null ? "names no policy type" : "is of policy type \"" + type
                + "\"") + ". This version of sinew converts: " + String.join(", ", known));
    }
}
