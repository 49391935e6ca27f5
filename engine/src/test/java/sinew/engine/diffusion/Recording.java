package sinew.engine.diffusion;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/// A reference recording: golden.json and, where there is one, golden.safetensors beside it.
final class Recording {
    final JsonNode index;
    private final JsonNode header;
    private final ByteBuffer data;

    Recording(Path folder) throws IOException {
        ObjectMapper json = new ObjectMapper();
        index = json.readTree(Files.readAllBytes(folder.resolve("golden.json")));
        Path tensors = folder.resolve("golden.safetensors");
        if (!Files.exists(tensors)) {
            header = null;
            data = null;
            return;
        }
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(tensors)).order(ByteOrder.LITTLE_ENDIAN);
        int length = Math.toIntExact(file.getLong());
        header = json.readTree(file.array(), 8, length);
        data = file.slice(8 + length, file.capacity() - 8 - length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// The recording kept among this module's test resources.
    static Recording bundled(String name) throws IOException {
        return new Recording(Path.of("src/test/resources/goldens", name));
    }

    float[] floats(String name) {
        ByteBuffer bytes = bytes(name, "F32");
        float[] out = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(out);
        return out;
    }

    int[] ints(String name) {
        ByteBuffer bytes = bytes(name, "I64");
        int[] out = new int[bytes.remaining() / Long.BYTES];
        for (int i = 0; i < out.length; i++) {
            out[i] = Math.toIntExact(bytes.getLong(bytes.position() + i * Long.BYTES));
        }
        return out;
    }

    private ByteBuffer bytes(String name, String type) {
        JsonNode entry = header.required(name);
        if (!entry.required("dtype").asText().equals(type)) {
            throw new IllegalArgumentException(name + " is " + entry + ", not " + type);
        }
        JsonNode span = entry.required("data_offsets");
        int from = span.get(0).asInt();
        return data.slice(from, span.get(1).asInt() - from).order(ByteOrder.LITTLE_ENDIAN);
    }
}
