package sinew.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import sinew.convert.ConversionOptions;
import sinew.convert.ConvertedCache;
import sinew.convert.Converter;
import sinew.convert.SyntheticCheckpoint;
import sinew.convert.SyntheticPreset;
import sinew.convert.safetensors.Dtype;
import sinew.kernels.WeightType;

/// Models of real size with random weights, made once and kept in the user's cache.
final class SyntheticModels {
    private final Path folder;
    private final Consumer<String> progress;

    /// @param progress hears what takes long
    SyntheticModels(Path folder, Consumer<String> progress) {
        this.folder = folder;
        this.progress = progress;
    }

    /// By the converter's version, so that two checkouts do not convert in turn what they share.
    static SyntheticModels ofUser(Consumer<String> progress) {
        return new SyntheticModels(
                ConvertedCache.userFolder().resolve("bench").resolve("v" + Converter.VERSION), progress);
    }

    /// The weights file, made again when the converter has changed since.
    Path weights(SyntheticPreset preset, WeightType type) throws IOException {
        boolean[] told = {false};
        return ConvertedCache.ofUser().weightsFor(
                checkpoint(preset), new ConversionOptions(type, false), (phase, tensor, done, total) -> {
                    if (!told[0]) {
                        told[0] = true;
                        progress.accept("converting " + preset.key() + " to " + type + ", once");
                    }
                });
    }

    private Path checkpoint(SyntheticPreset preset) throws IOException {
        Path checkpoint = folder.resolve(preset.key()).resolve("checkpoint");
        if (Files.isRegularFile(checkpoint.resolve("model.safetensors"))) {
            return checkpoint;
        }
        progress.accept("making random weights for " + preset.key() + ", once");
        // Under another name until it is whole, or an interrupted first time would stay in the way.
        Path unfinished = checkpoint.resolveSibling("checkpoint.unfinished");
        delete(unfinished);
        delete(checkpoint);
        SyntheticCheckpoint.write(preset, unfinished, 0, Dtype.BF16, tensor -> {});
        return Files.move(unfinished, checkpoint, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> paths = Files.walk(folder)) {
            all = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }
}
