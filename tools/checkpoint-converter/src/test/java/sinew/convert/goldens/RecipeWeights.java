package sinew.convert.goldens;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeMap;
import java.util.Map;
import java.util.stream.Stream;
import sinew.convert.safetensors.Dtype;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.convert.safetensors.SafetensorsWriter;

/// Builds the reference checkpoints whose encoder weights are stored as the recipe of a hash (splitmix64), because
/// the weights themselves would be too big.
public final class RecipeWeights {
    private record Tensor(Dtype dtype, int[] shape, byte[] bytes) {}

    private RecipeWeights() {}

    /// A directory with the whole checkpoint of a case: its own where it is complete, else one made in `scratch`.
    ///
    /// @throws IllegalStateException when the made weights are not those that were recorded
    public static Path checkpoint(Path folder, Path scratch) throws IOException {
        if (Files.exists(folder.resolve("model.safetensors"))) {
            return folder;
        }
        Path made = Files.createDirectories(scratch.resolve(folder.getFileName()));
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (!name.startsWith("golden.") && !name.startsWith("model.")) {
                    Files.write(made.resolve(name), Files.readAllBytes(file));
                }
            }
        }
        write(folder, made.resolve("model.safetensors"));
        return made;
    }

    private static void write(Path folder, Path target) throws IOException {
        JsonNode recipe = new ObjectMapper().readTree(folder.resolve("model.recipe.json").toFile());
        Map<String, Tensor> tensors = new TreeMap<>();
        try (SafetensorsFile partial = SafetensorsFile.open(folder.resolve(recipe.get("partial").textValue()))) {
            for (SafetensorsTensor t : partial.tensors()) {
                int[] shape = t.shape().stream().mapToInt(Integer::intValue).toArray();
                tensors.put(t.name(), new Tensor(t.dtype(), shape, partial.bytes(t.name())));
            }
        }
        for (JsonNode entry : recipe.get("tensors")) {
            tensors.put(entry.get("name").textValue(), make(entry));
        }
        String sha256 = sha256(tensors);
        if (!sha256.equals(recipe.get("data_sha256").textValue())) {
            throw new IllegalStateException(folder + ": the recipe made other weights than those recorded");
        }
        SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
        tensors.forEach((name, t) -> writer.bytes(name, t.dtype(), t.bytes(), t.shape()));
        writer.write(target);
    }

    private static Tensor make(JsonNode entry) {
        int[] shape = new int[entry.get("shape").size()];
        int count = 1;
        for (int i = 0; i < shape.length; i++) {
            shape[i] = entry.get("shape").get(i).intValue();
            count *= shape[i];
        }
        long seed = Long.parseUnsignedLong(entry.get("seed").textValue());
        float scale = (float) entry.get("scale").doubleValue();
        float offset = (float) entry.get("offset").doubleValue();
        Dtype dtype = Dtype.valueOf(entry.get("dtype").textValue());
        ByteBuffer bytes = ByteBuffer.allocate(count * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            put(bytes, dtype, scale * uniform(seed, i) + offset);
        }
        return new Tensor(dtype, shape, bytes.array());
    }

    private static float uniform(long seed, long i) {
        long z = seed + (i + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        z = z ^ (z >>> 31);
        return (float) (z >>> 40) * 0x1p-23f - 1;
    }

    private static void put(ByteBuffer out, Dtype dtype, float value) {
        switch (dtype) {
            case F32 -> out.putFloat(value);
            case F16 -> out.putShort(Float.floatToFloat16(value));
            case BF16 -> {
                int bits = Float.floatToRawIntBits(value);
                out.putShort((short) ((bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16));
            }
            default -> throw new IllegalArgumentException("recipe of type " + dtype);
        }
    }

    /// Over all bytes in the order of the names, which a [TreeMap] keeps.
    private static String sha256(Map<String, Tensor> tensors) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            tensors.values().forEach(t -> digest.update(t.bytes()));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
