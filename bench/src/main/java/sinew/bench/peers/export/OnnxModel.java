package sinew.bench.peers.export;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// An ONNX model that grows node by node. Field numbers are those of onnx.proto3; large tensors lie in a [TensorFile]
/// beside the model.
final class OnnxModel {
    private static final int IR_VERSION = 8;
    private static final int OPSET = 17;

    /// Element types of onnx.proto3.
    enum Type {
        FLOAT(1),
        UINT8(2),
        INT8(3),
        INT32(6),
        INT64(7);

        final int code;

        Type(int code) {
            this.code = code;
        }
    }

    /// A node's attribute: onnx.proto3's AttributeProto.
    static final class Attribute {
        private static final int FLOAT = 1;
        private static final int INT = 2;
        private static final int INTS = 7;

        private final Protobuf proto;

        private Attribute(String name) {
            proto = new Protobuf().text(1, name);
        }

        static Attribute number(String name, float value) {
            Attribute attribute = new Attribute(name);
            attribute.proto.number(2, value).integer(20, FLOAT);
            return attribute;
        }

        static Attribute integer(String name, long value) {
            Attribute attribute = new Attribute(name);
            attribute.proto.integer(3, value).integer(20, INT);
            return attribute;
        }

        static Attribute integers(String name, int... values) {
            Attribute attribute = new Attribute(name);
            for (int value : values) {
                attribute.proto.integer(8, value);
            }
            attribute.proto.integer(20, INTS);
            return attribute;
        }
    }

    private final Protobuf graph = new Protobuf();
    private final Set<String> tensors = new HashSet<>();

    OnnxModel(String name) {
        graph.text(2, name);
    }

    void input(String name, Type type, int... shape) {
        graph.message(11, valueInfo(name, type, shape));
    }

    void output(String name, Type type, int... shape) {
        graph.message(12, valueInfo(name, type, shape));
    }

    private static Protobuf valueInfo(String name, Type type, int... shape) {
        Protobuf dims = new Protobuf();
        for (int n : shape) {
            dims.message(1, new Protobuf().integer(1, n));
        }
        Protobuf tensor = new Protobuf().integer(1, type.code).message(2, dims);
        return new Protobuf().text(1, name).message(2, new Protobuf().message(1, tensor));
    }

    void node(String operator, List<String> inputs, List<String> outputs, Attribute... attributes) {
        Protobuf node = new Protobuf();
        inputs.forEach(input -> node.text(1, input));
        outputs.forEach(output -> node.text(2, output));
        node.text(3, outputs.getFirst()).text(4, operator);
        for (Attribute attribute : attributes) {
            node.message(5, attribute.proto);
        }
        graph.message(1, node);
    }

    /// False when there is a tensor of that name already; true makes it this caller's to add.
    boolean claims(String tensor) {
        return tensors.add(tensor);
    }

    /// Adds a small tensor, stored in the model itself.
    void constant(String name, Type type, byte[] littleEndian, int... shape) {
        graph.message(5, tensor(name, type, shape).bytes(9, littleEndian));
    }

    /// Adds a tensor whose bytes lie in another file of the model's folder.
    void external(String name, Type type, TensorFile.Place place, int... shape) {
        Protobuf tensor = tensor(name, type, shape);
        tensor.message(13, entry("location", place.file()));
        tensor.message(13, entry("offset", Long.toString(place.offset())));
        tensor.message(13, entry("length", Long.toString(place.bytes())));
        graph.message(5, tensor.integer(14, 1));
    }

    private static Protobuf tensor(String name, Type type, int... shape) {
        Protobuf tensor = new Protobuf();
        for (int n : shape) {
            tensor.integer(1, n);
        }
        return tensor.integer(2, type.code).text(8, name);
    }

    private static Protobuf entry(String key, String value) {
        return new Protobuf().text(1, key).text(2, value);
    }

    byte[] toByteArray() {
        return new Protobuf()
                .integer(1, IR_VERSION)
                .text(2, "sinew")
                .message(8, new Protobuf().text(1, "").integer(2, OPSET))
                .message(7, graph)
                .toByteArray();
    }

    static byte[] floats(float... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return buffer.array();
    }

    static byte[] integers(int... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asIntBuffer().put(values);
        return buffer.array();
    }

    static byte[] longs(long... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asLongBuffer().put(values);
        return buffer.array();
    }
}
