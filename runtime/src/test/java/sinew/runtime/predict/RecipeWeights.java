package sinew.runtime.predict;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeMap;
import sinew.convert.safetensors.Dtype;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.convert.safetensors.SafetensorsWriter;

/// Rebuilds a model.safetensors whose image encoders are too big to be stored from model.partial.safetensors and
/// the hash recipe in model.recipe.json.
final class RecipeWeights {
    private RecipeWeights() {}

    static void build(Path folder, Path model) throws IOException {
        JsonNode recipe = new ObjectMapper().readTree(Files.readAllBytes(folder.resolve("model.recipe.json")));
        SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
        for (JsonNode entry : recipe.required("tensors")) {
            int[] shape = new int[entry.required("shape").size()];
            for (int i = 0; i < shape.length; i++) {
                shape[i] = entry.get("shape").get(i).asInt();
            }
            Dtype type = Dtype.valueOf(entry.required("dtype").asText());
            writer.generated(entry.required("name").asText(), type, values(entry), shape);
        }
        try (SafetensorsFile partial = SafetensorsFile.open(folder.resolve("model.partial.safetensors"))) {
            for (SafetensorsTensor tensor : partial.tensors()) {
                int[] shape = tensor.shape().stream().mapToInt(Integer::intValue).toArray();
                writer.bytes(tensor.name(), tensor.dtype(), partial.bytes(tensor.name()), shape);
            }
        }
        writer.write(model);
        String expected = recipe.required("data_sha256").asText();
        if (!hash(model).equals(expected)) {
            throw new IllegalStateException("the weights of " + folder + " were not rebuilt to the byte");
        }
    }

    private static SafetensorsWriter.FloatSource values(JsonNode entry) {
        long seed = Long.parseUnsignedLong(entry.required("seed").asText());
        float scale = (float) entry.required("scale").asDouble();
        float offset = (float) entry.required("offset").asDouble();
        return new SafetensorsWriter.FloatSource() {
            private long counter = seed;

            @Override
            public float next() {
                counter += 0x9E3779B97F4A7C15L;
                long z = counter;
                z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
                z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
                z ^= z >>> 31;
                float u = (z >>> 40) * 0x1p-23f - 1f;
                return scale * u + offset;
            }
        };
    }

    private static String hash(Path model) throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(model)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            TreeMap<String, SafetensorsTensor> sorted = new TreeMap<>();
            file.tensors().forEach(tensor -> sorted.put(tensor.name(), tensor));
            sorted.values().forEach(tensor -> digest.update(file.data(tensor).asByteBuffer()));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
