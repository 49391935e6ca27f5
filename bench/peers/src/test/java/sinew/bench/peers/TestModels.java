package sinew.bench.peers;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import sinew.convert.ConversionOptions;
import sinew.convert.Converter;
import sinew.convert.SyntheticCheckpoint;
import sinew.convert.SyntheticPreset;
import sinew.convert.safetensors.Dtype;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.convert.safetensors.SafetensorsWriter;

/// Small policies whose every tensor is random: synthetic checkpoints have norms that do nothing and, for predicted
/// samples, filters that are the same for all taps, and both would hide mistakes.
final class TestModels {
    private static final ObjectMapper JSON = new ObjectMapper();

    private TestModels() {}

    /// Makes a weights file from the demo's config after a change.
    static Path demo(Path folder, Consumer<ObjectNode> change) throws IOException {
        Path preset = folder.resolve("preset");
        SyntheticCheckpoint.write(SyntheticPreset.DEMO, preset, 0, Dtype.BF16, tensor -> {});
        ObjectNode config = (ObjectNode) JSON.readTree(preset.resolve("config.json").toFile());
        config.put("prediction_type", "epsilon");
        change.accept(config);
        Path edited = folder.resolve("config.json");
        Files.writeString(edited, config.toString());
        Path checkpoint = folder.resolve("checkpoint");
        SyntheticCheckpoint.write(edited, checkpoint, 1, Dtype.F32, tensor -> {});
        randomiseNorms(checkpoint.resolve("model.safetensors"));
        Path weights = folder.resolve("demo.gguf");
        Converter.convert(checkpoint, weights, ConversionOptions.F32, (phase, tensor, done, total) -> {});
        return weights;
    }

    private static void randomiseNorms(Path file) throws IOException {
        SplittableRandom random = new SplittableRandom(2);
        SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
        try (SafetensorsFile old = SafetensorsFile.open(file)) {
            for (SafetensorsTensor tensor : old.tensors()) {
                int[] shape = tensor.shape().stream().mapToInt(Integer::intValue).toArray();
                if (tensor.dtype() == Dtype.I64) {
                    writer.longs(tensor.name(), old.longs(tensor.name()), shape);
                    continue;
                }
                float[] values = old.floats(tensor.name());
                boolean around1 = tensor.name().endsWith(".weight") || tensor.name().endsWith(".running_var");
                for (int i = 0; i < values.length && shape.length == 1; i++) {
                    values[i] = (float) (around1 ? random.nextDouble(0.5, 1.5) : random.nextDouble(-0.5, 0.5));
                }
                writer.floats(tensor.name(), values, shape);
            }
        }
        writer.write(file);
    }
}
