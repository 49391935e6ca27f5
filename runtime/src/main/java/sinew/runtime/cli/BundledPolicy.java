package sinew.runtime.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import sinew.convert.ConversionOptions;
import sinew.convert.ConvertedCache;
import sinew.convert.Converter;
import sinew.convert.SyntheticCheckpoint;
import sinew.convert.SyntheticPreset;
import sinew.convert.safetensors.Dtype;
import sinew.kernels.WeightType;
import sinew.runtime.env.EnvTask;

/// The policy that comes with Sinew. A ResNet18 alone is 22 MB in its shortest form, so the recipe is bundled instead
/// of the weights: a checkpoint with random weights is made from a fixed seed on first use, and converted.
final class BundledPolicy {
    private static final long SEED = 25;

    private BundledPolicy() {}

    /// The weights file for a task; made now if it is not there yet.
    static Path weights(EnvTask task, PrintStream out) throws IOException {
        Path folder = home().resolve("demo-" + task.id());
        Path weights = folder.resolve("policy.gguf");
        if (Files.isRegularFile(weights)) {
            return weights;
        }
        out.println("Making the demo policy for the first time (random weights from a fixed seed) in " + folder);
        Path checkpoint = folder.resolve("checkpoint");
        delete(checkpoint); // what an interrupted first time left
        SyntheticCheckpoint.write(preset(task), checkpoint, SEED, Dtype.BF16, tensor -> {});
        try (ConversionProgress progress = new ConversionProgress(new PrintWriter(out, true))) {
            Converter.convert(checkpoint, weights, new ConversionOptions(WeightType.BF16, false), progress);
        }
        return weights;
    }

    private static SyntheticPreset preset(EnvTask task) {
        return switch (task) {
            case LIFT -> SyntheticPreset.DEMO;
            case STACK -> SyntheticPreset.DEMO_STACK;
            case SORT -> SyntheticPreset.DEMO_SORT;
        };
    }

    /// In a checkout its build folder, which `mvn clean` empties; else the user's cache.
    private static Path home() {
        String home = System.getProperty("sinew.home");
        if (home != null && Files.isRegularFile(Path.of(home, "pom.xml"))) {
            return Path.of(home, "runtime", "target", "policies");
        }
        return ConvertedCache.userFolder().resolve("policies-" + Main.VERSION);
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
