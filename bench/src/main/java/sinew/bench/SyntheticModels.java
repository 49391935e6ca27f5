package sinew.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import sinew.convert.ConversionOptions;
import sinew.convert.ConvertedCache;
import sinew.convert.Converter;
import sinew.convert.SyntheticCheckpoint;
import sinew.convert.SyntheticPreset;
import sinew.convert.safetensors.Dtype;
import sinew.kernels.WeightType;

/// Models of real size with random weights, made once and kept in the user's cache.
final class SyntheticModels {
    private SyntheticModels() {}

    /// @throws IllegalArgumentException when there is no such preset
    static Path weights(String config, WeightType type, PrintWriter out) throws IOException {
        SyntheticPreset preset = SyntheticPreset.of(config);
        if (preset == null) {
            throw new IllegalArgumentException(
                    "no config '" + config + "'; there are " + String.join(", ", SyntheticPreset.keys()));
        }
        Path folder = ConvertedCache.userFolder().resolve("bench").resolve("v" + Converter.VERSION).resolve(config);
        Path weights = folder.resolve(config + "-" + type.name().toLowerCase(Locale.ROOT) + ".gguf");
        if (Files.isRegularFile(weights)) {
            return weights;
        }
        out.println("(making " + weights + ")");
        out.flush();
        Path checkpoint = folder.resolve("checkpoint");
        if (!Files.isRegularFile(checkpoint.resolve("model.safetensors"))) {
            SyntheticCheckpoint.write(preset, checkpoint, 0, Dtype.BF16, tensor -> {});
        }
        Converter.convert(checkpoint, weights, new ConversionOptions(type, false), (phase, tensor, done, total) -> {});
        return weights;
    }
}
