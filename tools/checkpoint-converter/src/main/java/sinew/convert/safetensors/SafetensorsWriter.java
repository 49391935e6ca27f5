package sinew.convert.safetensors;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import sinew.engine.weights.NewFile;

/// Collects tensors and writes them as one safetensors file, which appears whole or not at all. Tensors of wider
/// types come first, so that all of them are aligned.
public final class SafetensorsWriter {
    private static final int BUFFER_BYTES = 1 << 20;

    /// Produces the values of a tensor one after another, row-major, while the file is written.
    @FunctionalInterface
    public interface FloatSource {
        float next();
    }

    private record Tensor(String name, Dtype dtype, int[] shape, Content content) {
        long byteSize() {
            long size = dtype.bytes();
            for (int n : shape) {
                size = Math.multiplyExact(size, n);
            }
            return size;
        }
    }

    @FunctionalInterface
    private interface Content {
        void write(Output out) throws IOException;
    }

    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    /// Adds an entry of `__metadata__`.
    public SafetensorsWriter metadata(String key, String value) {
        metadata.put(key, value);
        return this;
    }

    /// Adds an F32 tensor.
    public SafetensorsWriter floats(String name, float[] values, int... shape) {
        return add(name, Dtype.F32, values.length, shape, out -> {
            for (float v : values) {
                out.next(Float.BYTES).putFloat(v);
            }
        });
    }

    /// Adds an I64 tensor.
    public SafetensorsWriter longs(String name, long[] values, int... shape) {
        return add(name, Dtype.I64, values.length, shape, out -> {
            for (long v : values) {
                out.next(Long.BYTES).putLong(v);
            }
        });
    }

    /// Adds a tensor of any type from its little-endian bytes.
    public SafetensorsWriter bytes(String name, Dtype dtype, byte[] values, int... shape) {
        return add(name, dtype, values.length / dtype.bytes(), shape, out -> {
            for (byte v : values) {
                out.next(1).put(v);
            }
        });
    }

    /// Adds a U8 tensor.
    public SafetensorsWriter bytes(String name, byte[] values, int... shape) {
        return bytes(name, Dtype.U8, values, shape);
    }

    /// Adds an F32, F16 or BF16 tensor whose values are made, and rounded to nearest even, while it is written.
    public SafetensorsWriter generated(String name, Dtype dtype, FloatSource source, int... shape) {
        Consumer<ByteBuffer> element = switch (dtype) {
            case F32 -> b -> b.putFloat(source.next());
            case F16 -> b -> b.putShort(Float.floatToFloat16(source.next()));
            case BF16 -> b -> b.putShort(bfloat16(source.next()));
            default -> throw new IllegalArgumentException("cannot generate values of type " + dtype);
        };
        long count = Arrays.stream(shape).asLongStream().reduce(1, Math::multiplyExact);
        return add(name, dtype, count, shape, out -> {
            for (long i = 0; i < count; i++) {
                element.accept(out.next(dtype.bytes()));
            }
        });
    }

    private static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16);
    }

    private SafetensorsWriter add(String name, Dtype dtype, long count, int[] shape, Content content) {
        Tensor tensor = new Tensor(name, dtype, shape.clone(), content);
        if (tensor.byteSize() != count * dtype.bytes()) {
            throw new IllegalArgumentException(
                    "tensor " + name + " of shape " + Arrays.toString(shape) + " got " + count + " values");
        }
        if (tensors.put(name, tensor) != null) {
            throw new IllegalArgumentException("tensor " + name + " was added twice");
        }
        return this;
    }

    /// Writes the file; when that fails nothing is left behind.
    public void write(Path path) throws IOException {
        write(path, name -> {});
    }

    /// As [#write(Path)], and tells the name of each tensor before it is written.
    public void write(Path path, Consumer<String> progress) throws IOException {
        List<Tensor> ordered = new ArrayList<>(tensors.values());
        ordered.sort(Comparator.comparingInt(t -> -t.dtype().bytes()));
        try (NewFile file = NewFile.create(path)) {
            Output out = new Output(file.channel());
            byte[] header = header(ordered);
            out.next(Long.BYTES).putLong(header.length);
            for (byte b : header) {
                out.next(1).put(b);
            }
            for (Tensor tensor : ordered) {
                progress.accept(tensor.name());
                tensor.content().write(out);
            }
            out.flush();
            file.commit();
        }
    }

    private byte[] header(List<Tensor> ordered) throws IOException {
        ObjectNode root = new ObjectMapper().createObjectNode();
        if (!metadata.isEmpty()) {
            ObjectNode entries = root.putObject("__metadata__");
            metadata.forEach(entries::put);
        }
        long offset = 0;
        for (Tensor tensor : ordered) {
            ObjectNode entry = root.putObject(tensor.name());
            entry.put("dtype", tensor.dtype().name());
            ArrayNode shape = entry.putArray("shape");
            for (int n : tensor.shape()) {
                shape.add(n);
            }
            entry.putArray("data_offsets").add(offset).add(offset + tensor.byteSize());
            offset += tensor.byteSize();
        }
        byte[] json = new ObjectMapper().writeValueAsBytes(root);
        byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        return padded;
    }

    private static final class Output {
        private final FileChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

        Output(FileChannel channel) {
            this.channel = channel;
        }

        ByteBuffer next(int bytes) throws IOException {
            if (buffer.remaining() < bytes) {
                flush();
            }
            return buffer;
        }

        void flush() throws IOException {
            buffer.flip();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            buffer.clear();
        }
    }
}
