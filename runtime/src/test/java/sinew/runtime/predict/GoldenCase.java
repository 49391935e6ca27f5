package sinew.runtime.predict;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/// A reference recording: a checkpoint as LeRobot or diffusion_policy writes it, and golden.safetensors with inputs, intermediates and
/// outputs. Small ones are among the test resources, the others in a folder beside the checkout.
record GoldenCase(String name, Path folder) {
    static final List<String> BUNDLED = List.of("envstate-sample", "legacy-norm", "pusht-like-ddpm");

    /// Skips the test when the recording is not on this machine.
    static GoldenCase find(String name) {
        Path bundled = Path.of("src/test/resources/goldens", name);
        if (Files.isDirectory(bundled)) {
            return new GoldenCase(name, bundled);
        }
        Path root = Path.of(System.getProperty("sinew.root", "..")).toAbsolutePath();
        Path goldens = root.resolve("../shared/goldens").normalize();
        for (String kind : List.of("lerobot-diffusion", "lerobot-other", "diffusion-policy")) {
            Path beside = goldens.resolve(kind).resolve(name);
            if (Files.isDirectory(beside)) {
                return new GoldenCase(name, beside);
            }
        }
        return Assumptions.abort("the recording " + name + " is not in " + goldens);
    }

    Path recording() {
        return folder.resolve("golden.safetensors");
    }

    /// A whole checkpoint, in `temporary` where its weights have to be rebuilt.
    Path checkpoint(Path temporary) throws IOException {
        if (Files.exists(folder.resolve("model.safetensors"))) {
            return folder;
        }
        if (Files.exists(folder.resolve("latest.ckpt"))) {
            return folder.resolve("latest.ckpt");
        }
        Path whole = Files.createDirectory(temporary.resolve(name));
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (!file.getFileName().toString().startsWith("model.") && !file.equals(recording())) {
                    Files.copy(file, whole.resolve(file.getFileName()));
                }
            }
        }
        RecipeWeights.build(folder, whole.resolve("model.safetensors"));
        return whole;
    }
}
