package sinew.engine.weights;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sinew.kernels.WeightType;

/// The validated header of a weights file: everything before the data.
///
/// @param checksumAt where the value of the header's checksum lies, or -1 when there is none
/// @param dataStart  where the data section begins
/// @param dataBytes  its length, padding included
record GgufHeader(Metadata metadata, List<TensorInfo> tensors, long checksumAt, long dataStart, long dataBytes) {
    static final int MAGIC = 0x46554747; // "GGUF"
    static final int VERSION = 3;
    static final String ALIGNMENT_KEY = "general.alignment";
    static final String HEADER_CHECKSUM_KEY = "sinew.checksum.header";
    static final String DATA_CHECKSUM_KEY = "sinew.checksum.data";

    private static final int MAX_ENTRIES = 1 << 16;
    private static final int MAX_TENSORS = 1 << 16;
    private static final int MAX_KEY_BYTES = 1 << 16;
    private static final int MAX_STRING_BYTES = 1 << 20;
    private static final int MAX_ARRAY = 1 << 16;
    private static final int LEAST_ENTRY_BYTES = 8 + 1 + 4 + 1;
    private static final int LEAST_TENSOR_BYTES = 8 + 1 + 4 + 8 + 4 + 8;

    /// Reads and checks everything but the checksums.
    static GgufHeader read(Path path, FileChannel channel, long size) throws IOException {
        HeaderCursor in = new HeaderCursor(path, channel, size);
        checkKind(in);
        int tensorCount = in.count("tensors", LEAST_TENSOR_BYTES, MAX_TENSORS);
        int entryCount = in.count("metadata entries", LEAST_ENTRY_BYTES, MAX_ENTRIES);
        Map<String, Metadata.Entry> entries = new LinkedHashMap<>();
        long checksumAt = -1;
        for (int i = 0; i < entryCount; i++) {
            long at = in.position();
            String key = in.string("a metadata key", MAX_KEY_BYTES);
            if (key.equals(HEADER_CHECKSUM_KEY)) {
                checksumAt = in.position() + 4;
            }
            Metadata.Entry entry = readEntry(in, key);
            if (key.equals(HEADER_CHECKSUM_KEY) && entry.type() != GgufType.UINT32) {
                throw in.failure(at, "the checksum is not a UINT32. The file is damaged: convert it again");
            }
            if (entries.put(key, entry) != null) {
                throw in.failure(at, "metadata key " + key + " occurs twice. The file is damaged: convert it again");
            }
        }
        Metadata metadata = new Metadata(path, entries);
        checkAlignment(metadata);
        List<TensorInfo> tensors = readTensors(path, in, tensorCount);
        long dataStart = GgufType.align(in.position());
        return new GgufHeader(metadata, List.copyOf(tensors), checksumAt, dataStart,
                checkExtent(path, tensors, dataStart, size));
    }

    private static void checkKind(HeaderCursor in) throws IOException {
        int magic = in.i32("the magic number");
        if (magic != MAGIC) {
            throw in.failure(0, "is not a GGUF file: it begins with 0x"
                    + Integer.toHexString(Integer.reverseBytes(magic))
                    + ", not with \"GGUF\". Give the file that `sinew convert` wrote, or the checkpoint's directory");
        }
        int version = in.i32("the version");
        if (version != VERSION) {
            throw in.failure(4, "has GGUF version " + Integer.toUnsignedString(version) + ", want " + VERSION
                    + ". Convert the checkpoint again");
        }
    }

    private static Metadata.Entry readEntry(HeaderCursor in, String key) throws IOException {
        GgufType type = readType(in, key);
        if (type != GgufType.ARRAY) {
            return new Metadata.Entry(type, null, readValue(in, type, key));
        }
        GgufType elements = readType(in, key);
        if (elements == GgufType.ARRAY) {
            throw in.failure(in.position(), "metadata key " + key
                    + " holds arrays of arrays, which sinew does not write");
        }
        Object[] values = new Object[in.count("values of metadata key " + key, elements.bytes(), MAX_ARRAY)];
        for (int i = 0; i < values.length; i++) {
            values[i] = readValue(in, elements, key);
        }
        return new Metadata.Entry(type, elements, values);
    }

    private static GgufType readType(HeaderCursor in, String key) throws IOException {
        long at = in.position();
        long code = in.u32("the type of metadata key " + key);
        GgufType type = GgufType.of(code);
        if (type == null) {
            throw in.failure(at, "metadata key " + key + " has the unknown type " + code
                    + ". The file is damaged: convert it again");
        }
        return type;
    }

    private static Object readValue(HeaderCursor in, GgufType type, String key) throws IOException {
        String what = "the value of metadata key " + key;
        return switch (type) {
            case UINT8 -> (long) in.u8(what);
            case INT8 -> (long) (byte) in.u8(what);
            case UINT16 -> (long) (in.i16(what) & 0xFFFF);
            case INT16 -> (long) in.i16(what);
            case UINT32 -> in.u32(what);
            case INT32 -> (long) in.i32(what);
            case UINT64, INT64 -> in.i64(what);
            case FLOAT32 -> (double) Float.intBitsToFloat(in.i32(what));
            case FLOAT64 -> Double.longBitsToDouble(in.i64(what));
            case STRING -> in.string(what, MAX_STRING_BYTES);
            case BOOL -> {
                long at = in.position();
                int value = in.u8(what);
                if (value > 1) {
                    throw in.failure(at, "metadata key " + key + " is a boolean of value " + value + ", want 0 or 1");
                }
                yield value == 1;
            }
            case ARRAY -> throw new IllegalStateException("arrays are read by readEntry");
        };
    }

    private static void checkAlignment(Metadata metadata) {
        long alignment = metadata.integer(ALIGNMENT_KEY);
        if (alignment != GgufType.ALIGNMENT) {
            throw metadata.problem(ALIGNMENT_KEY, "is " + alignment + ", want " + GgufType.ALIGNMENT
                    + ". It is not a file of sinew, or damaged: convert the checkpoint again");
        }
    }

    private static List<TensorInfo> readTensors(Path path, HeaderCursor in, int count) throws IOException {
        Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        long expected = 0;
        for (int i = 0; i < count; i++) {
            long at = in.position();
            TensorInfo tensor = readTensor(path, in);
            if (tensors.put(tensor.name(), tensor) != null) {
                throw new WeightsFormatException(path, tensor.name(), at, "occurs twice. Convert the checkpoint again");
            }
            if (tensor.offset() != expected) {
                throw new WeightsFormatException(path, tensor.name(), at, "its data begin at "
                        + Long.toUnsignedString(tensor.offset()) + " of the data section, want " + expected
                        + ": tensors lie one after another, each padded to " + GgufType.ALIGNMENT
                        + " bytes. The file is damaged: convert the checkpoint again");
            }
            expected = endOf(path, tensor, at);
        }
        return new ArrayList<>(tensors.values());
    }

    private static long endOf(Path path, TensorInfo tensor, long at) {
        try {
            return GgufType.align(Math.addExact(tensor.offset(), tensor.byteSize()));
        } catch (ArithmeticException e) {
            throw new WeightsFormatException(path, tensor.name(), at, "its data end beyond what any file can hold");
        }
    }

    private static TensorInfo readTensor(Path path, HeaderCursor in) throws IOException {
        long at = in.position();
        String name = in.string("a tensor's name", TensorDeclaration.MAX_NAME_BYTES);
        long rank = in.u32("the number of dimensions of tensor " + name);
        if (rank < 1 || rank > TensorDeclaration.MAX_DIMENSIONS) {
            throw new WeightsFormatException(path, name, at, "has " + rank + " dimensions, want 1 to "
                    + TensorDeclaration.MAX_DIMENSIONS + ". The file is damaged: convert the checkpoint again");
        }
        // GGUF lists dimensions fastest first.
        Integer[] shape = new Integer[(int) rank];
        for (int d = shape.length - 1; d >= 0; d--) {
            long n = in.i64("a dimension of tensor " + name);
            if (n < 1 || n > Integer.MAX_VALUE) {
                throw new WeightsFormatException(path, name, at, "has a dimension of " + Long.toUnsignedString(n)
                        + ". The file is damaged: convert the checkpoint again");
            }
            shape[d] = (int) n;
        }
        long code = in.u32("the type of tensor " + name);
        WeightType type = GgufType.tensorType(code);
        if (type == null) {
            throw new WeightsFormatException(path, name, at, "has the ggml type " + code
                    + ", sinew reads 0 (F32), 30 (BF16) and 24 (I8). Convert the checkpoint again");
        }
        long offset = in.i64("the offset of tensor " + name);
        try {
            return new TensorInfo(new TensorDeclaration(name, type, List.of(shape)), offset);
        } catch (ArithmeticException e) {
            throw new WeightsFormatException(path, name, at, "shape " + List.of(shape) + " is larger than any file");
        }
    }

    private static long checkExtent(Path path, List<TensorInfo> tensors, long dataStart, long size) {
        long dataBytes = 0;
        if (!tensors.isEmpty()) {
            TensorInfo last = tensors.getLast();
            dataBytes = endOf(path, last, dataStart);
        }
        if (size - dataStart < dataBytes) {
            String cut = tensors.stream()
                    .filter(t -> t.offset() + t.byteSize() > size - dataStart)
                    .map(TensorInfo::name)
                    .findFirst()
                    .orElse(null);
            throw new WeightsFormatException(path, cut, size, "the file ends here, its header promises "
                    + (dataStart + dataBytes) + " bytes in all. It was cut short: copy or convert it again");
        }
        if (size - dataStart > dataBytes) {
            throw new WeightsFormatException(path, null, dataStart + dataBytes, "the data end here, but the file has "
                    + (size - dataStart - dataBytes)
                            + " bytes more. The file is damaged: convert the checkpoint again");
        }
        return dataBytes;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
