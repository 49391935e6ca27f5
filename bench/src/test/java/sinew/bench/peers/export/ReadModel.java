package sinew.bench.peers.export;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// An ONNX file read back, with the field numbers of onnx.proto3.
final class ReadModel {
    record Node(String operator, List<String> inputs, List<String> outputs) {}

    /// @param file null for a tensor that lies in the model itself
    record Tensor(String name, int type, List<Long> shape, byte[] raw, String file, long offset, long bytes) {
        long elements() {
            return shape.stream().reduce(1L, (a, b) -> a * b);
        }
    }

    final Path path;
    final long irVersion;
    final long opset;
    final List<String> inputs;
    final List<String> outputs;
    final List<Node> nodes;
    final Map<String, Tensor> tensors = new LinkedHashMap<>();

    ReadModel(Path path) throws IOException {
        this.path = path;
        ProtobufReader model = new ProtobufReader(Files.readAllBytes(path));
        irVersion = model.integer(1);
        opset = model.message(8).integer(2);
        ProtobufReader graph = model.message(7);
        inputs = graph.messages(11).stream().map(v -> v.text(1)).toList();
        outputs = graph.messages(12).stream().map(v -> v.text(1)).toList();
        nodes = graph.messages(1).stream().map(n -> new Node(n.text(4), n.texts(1), n.texts(2))).toList();
        for (ProtobufReader tensor : graph.messages(5)) {
            Tensor read = tensor(tensor);
            if (tensors.put(read.name, read) != null) {
                throw new IllegalArgumentException("two tensors " + read.name);
            }
        }
    }

    private static Tensor tensor(ProtobufReader tensor) {
        String name = tensor.text(8);
        int type = (int) tensor.integer(2);
        List<Long> shape = tensor.integers(1);
        if (!tensor.has(14)) {
            return new Tensor(name, type, shape, tensor.bytes(9), null, 0, tensor.bytes(9).length);
        }
        Map<String, String> place = new HashMap<>();
        tensor.messages(13).forEach(entry -> place.put(entry.text(1), entry.text(2)));
        return new Tensor(name, type, shape, null, place.get("location"), Long.parseLong(place.get("offset")),
                Long.parseLong(place.get("length")));
    }

    ByteBuffer data(Tensor tensor) throws IOException {
        byte[] bytes = tensor.raw;
        if (bytes == null) {
            bytes = new byte[Math.toIntExact(tensor.bytes)];
            try (RandomAccessFile file = new RandomAccessFile(path.resolveSibling(tensor.file).toFile(), "r")) {
                file.seek(tensor.offset);
                file.readFully(bytes);
            }
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    float[] floats(String name) throws IOException {
        float[] values = new float[Math.toIntExact(tensors.get(name).elements())];
        data(tensors.get(name)).asFloatBuffer().get(values);
        return values;
    }
}
