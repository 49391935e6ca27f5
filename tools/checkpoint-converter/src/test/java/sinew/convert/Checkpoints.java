package sinew.convert;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import sinew.convert.safetensors.Dtype;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.convert.safetensors.SafetensorsWriter;

/// Small checkpoints for tests, and ways to spoil them.
final class Checkpoints {
    static final String STATE_FILE = "policy_preprocessor_step_3_normalizer_processor.safetensors";
    static final ObjectMapper JSON = new ObjectMapper();

    private Checkpoints() {}

    static Path tiny(Path folder) throws IOException {
        SyntheticCheckpoint.write(SyntheticPreset.TINY, folder, 1, Dtype.F32, t -> {});
        return folder;
    }

    /// A checkpoint made from a preset's config after a change.
    static Path synthetic(Path folder, SyntheticPreset preset, Consumer<ObjectNode> change) throws IOException {
        ObjectNode config = preset.config();
        change.accept(config);
        Path file = Files.createTempFile("config", ".json");
        try {
            Files.writeString(file, config.toString());
            SyntheticCheckpoint.write(file, folder, 1, Dtype.BF16, t -> {});
        } finally {
            Files.delete(file);
        }
        return folder;
    }

    static void edit(Path json, Consumer<ObjectNode> change) throws IOException {
        ObjectNode node = (ObjectNode) JSON.readTree(json.toFile());
        change.accept(node);
        Files.writeString(json, node.toString());
    }

    /// Rewrites a safetensors file through a filter.
    static void edit(Path file, TensorEdit edit) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        try (SafetensorsFile old = SafetensorsFile.open(file)) {
            for (SafetensorsTensor t : old.tensors()) {
                int[] shape = t.shape().stream().mapToInt(Integer::intValue).toArray();
                edit.apply(t.name(), old.floats(t.name()), shape, writer);
            }
        }
        writer.write(file);
    }

    @FunctionalInterface
    interface TensorEdit {
        void apply(String name, float[] values, int[] shape, SafetensorsWriter out);
    }
}
