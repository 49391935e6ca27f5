package sinew.runtime.cli;

import java.io.IOException;
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

/// The policies that come with Sinew. For lift it is one that was trained in the simulation; its model card lies beside
/// it. For the other tasks it is only a recipe: a checkpoint with random weights is made from a fixed seed on first
/// use, and converted.
final class BundledPolicy {
    private static final long SEED = 25;
    private static final String TRAINED = "lift-sim.gguf";

    private BundledPolicy() {}

    /// The weights file for a task; made now if it is not there yet.
    static Path weights(EnvTask task, PrintWriter out) throws IOException {
        return task == EnvTask.LIFT ? trained() : random(task, out);
    }

    /// The trained policy for lift.
    ///
    /// @throws IOException when the installation has lost it
    static Path trained() throws IOException {
        String home = System.getProperty("sinew.home");
        if (home == null) {
            throw new IOException("the bundled policy is found by the launcher ./sinew only (it sets -Dsinew.home);"
                    + " name a policy with --policy.path");
        }
        for (Path folder : new Path[] {Path.of(home, "runtime", "src", "main", "policies"), Path.of(home, "policies")}) {
            Path weights = folder.resolve(TRAINED);
            if (Files.isRegularFile(weights)) {
                return weights;
            }
        }
        throw new IOException("the bundled policy " + TRAINED + " is missing in " + home
                + ": restore it from the repository or the distribution, or name a policy with --policy.path");
    }

    private static Path random(EnvTask task, PrintWriter out) throws IOException {
        Path folder = home().resolve("demo-" + task.id());
        Path weights = folder.resolve("policy.gguf");
        if (Files.isRegularFile(weights)) {
            return weights;
        }
        out.println("Making a policy for " + task.id() + " for the first time (random weights from a fixed seed: it does not"
                + " do the task) in " + folder);
        out.flush();
        Path checkpoint = folder.resolve("checkpoint");
        delete(checkpoint); // what an interrupted first time left
        SyntheticCheckpoint.write(preset(task), checkpoint, SEED, Dtype.BF16, tensor -> {});
        try (ConversionProgress progress = new ConversionProgress(out)) {
            Converter.convert(checkpoint, weights, new ConversionOptions(WeightType.BF16, false), progress);
        }
        return weights;
    }

    private static SyntheticPreset preset(EnvTask task) {
        return switch (task) {
            case LIFT -> throw new IllegalArgumentException("lift has a trained policy");
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
