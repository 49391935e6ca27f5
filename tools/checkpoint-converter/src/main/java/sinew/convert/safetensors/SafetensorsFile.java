package sinew.convert.safetensors;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A safetensors file, mapped into memory. Opening checks everything: the header is small and flat, names are
/// unique, and the tensors cover the data without a gap, an overlap or a byte left over.
///
/// Any thread may read; closing unmaps the file.
public final class SafetensorsFile implements AutoCloseable {
    /// Longest header that the reference implementation takes, in bytes.
    private static final long MAX_HEADER_BYTES = 100_000_000;

    private static final ValueLayout.OfShort INT16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong INT64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT32 =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble FLOAT64 =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path path;
    private final Arena arena;
    private final MemorySegment data;
    private final Map<String, String> metadata;
    private final Map<String, SafetensorsTensor> tensors = new LinkedHashMap<>();

    private SafetensorsFile(Path path, Arena arena, MemorySegment data, HeaderParser.Header header) {
        this.path = path;
        this.arena = arena;
        this.data = data;
        this.metadata = Map.copyOf(header.metadata());
        for (SafetensorsTensor tensor : header.tensors()) {
            tensors.put(tensor.name(), tensor);
        }
    }

    /// @throws SafetensorsException when the file is not what it claims to be
    /// @throws IOException          when it cannot be read at all
    public static SafetensorsFile open(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            throw new SafetensorsException(path, "is a directory, not a safetensors file");
        }
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return open(path, arena, file);
        } catch (NoSuchFileException e) {
            arena.close();
            throw new NoSuchFileException(path.toString(), null, "there is no such file");
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static SafetensorsFile open(Path path, Arena arena, MemorySegment file) {
        if (file.byteSize() < Long.BYTES) {
            throw new SafetensorsException(path, "has " + file.byteSize()
                    + " bytes, too few for a safetensors file. It was cut short: copy it again");
        }
        long length = file.get(INT64, 0);
        if (length < 0 || length > MAX_HEADER_BYTES) {
            throw new SafetensorsException(path, "claims a header of " + Long.toUnsignedString(length)
                    + " bytes, at most " + MAX_HEADER_BYTES + " are allowed. It is not a safetensors file, or damaged");
        }
        if (length > file.byteSize() - Long.BYTES) {
            throw new SafetensorsException(path, "claims a header of " + length + " bytes, but only "
                    + (file.byteSize() - Long.BYTES) + " follow. It was cut short: copy it again");
        }
        byte[] json = file.asSlice(Long.BYTES, length).toArray(ValueLayout.JAVA_BYTE);
        HeaderParser.Header header = HeaderParser.parse(path, json);
        MemorySegment data = file.asSlice(Long.BYTES + length);
        checkCover(path, header.tensors(), data.byteSize());
        return new SafetensorsFile(path, arena, data, header);
    }

    private static void checkCover(Path path, List<SafetensorsTensor> tensors, long size) {
        List<SafetensorsTensor> byOffset = new ArrayList<>(tensors);
        byOffset.sort(Comparator.comparingLong(SafetensorsTensor::offset)
                .thenComparingLong(SafetensorsTensor::byteSize));
        long end = 0;
        for (SafetensorsTensor tensor : byOffset) {
            if (tensor.offset() != end) {
                throw new SafetensorsException(path, "tensor " + tensor.name() + " begins at byte " + tensor.offset()
                        + " of the data, " + (tensor.offset() < end ? "inside another tensor that ends at "
                                : "leaving a hole after ") + end
                                        + ". The file is damaged or not written by a known tool");
            }
            // No overflow: the parser saw offset + size as one of the offsets in the header.
            end = tensor.offset() + tensor.byteSize();
            if (end > size) {
                throw new SafetensorsException(path, "tensor " + tensor.name() + " ends at byte " + end
                        + " of the data, which have only " + size + ". The file was cut short: copy it again");
            }
        }
        if (end != size) {
            throw new SafetensorsException(path, "the tensors end at byte " + end + " of the data, which go on to "
                    + size + ". The file is damaged: copy it again");
        }
    }

    public Path path() {
        return path;
    }

    /// The `__metadata__` entries, empty when there are none.
    public Map<String, String> metadata() {
        return metadata;
    }

    /// All tensors in the order of the header.
    public List<SafetensorsTensor> tensors() {
        return List.copyOf(tensors.values());
    }

    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /// Null when there is no such tensor.
    public SafetensorsTensor find(String name) {
        return tensors.get(name);
    }

    /// @throws SafetensorsException when there is no such tensor
    public SafetensorsTensor tensor(String name) {
        SafetensorsTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new SafetensorsException(path, "has no tensor " + name);
        }
        return tensor;
    }

    /// The tensor's bytes as they lie in the file, read-only and live until this file is closed.
    public MemorySegment data(SafetensorsTensor tensor) {
        return data.asSlice(tensor.offset(), tensor.byteSize());
    }

    /// Values of any type as float32: narrower types are widened exactly, F64 and integers are rounded.
    ///
    /// @throws SafetensorsException when there is no such tensor, or its type has no float32 reading
    public float[] floats(String name) {
        SafetensorsTensor tensor = tensor(name);
        MemorySegment in = data(tensor);
        float[] out = new float[length(tensor)];
        switch (tensor.dtype()) {
            case F32 -> MemorySegment.copy(in, FLOAT32, 0, out, 0, out.length);
            case F16 -> {
                for (int i = 0; i < out.length; i++) {
                    out[i] = Float.float16ToFloat(in.get(INT16, 2L * i));
                }
            }
            case BF16 -> {
                for (int i = 0; i < out.length; i++) {
                    out[i] = Float.intBitsToFloat(in.get(INT16, 2L * i) << 16);
                }
            }
            case F64 -> {
                for (int i = 0; i < out.length; i++) {
                    out[i] = (float) in.get(FLOAT64, 8L * i);
                }
            }
            default -> {
                long[] integers = longs(name);
                for (int i = 0; i < out.length; i++) {
                    out[i] = integers[i];
                }
            }
        }
        return out;
    }

    /// Values of an integer type.
    ///
    /// @throws SafetensorsException when there is no such tensor, or it is not of an integer type up to I64
    public long[] longs(String name) {
        SafetensorsTensor tensor = tensor(name);
        MemorySegment in = data(tensor);
        long[] out = new long[length(tensor)];
        for (int i = 0; i < out.length; i++) {
            out[i] = switch (tensor.dtype()) {
                case BOOL, U8 -> Byte.toUnsignedLong(in.get(ValueLayout.JAVA_BYTE, i));
                case I8 -> in.get(ValueLayout.JAVA_BYTE, i);
                case U16 -> Short.toUnsignedLong(in.get(INT16, 2L * i));
                case I16 -> in.get(INT16, 2L * i);
                case U32 -> Integer.toUnsignedLong(in.get(INT32, 4L * i));
                case I32 -> in.get(INT32, 4L * i);
                case I64 -> in.get(INT64, 8L * i);
                case F8_E5M2, F8_E4M3, F16, BF16, F32, F64, U64 -> throw new SafetensorsException(path,
                        "tensor " + name + " is of type " + tensor.dtype() + ", which cannot be read here");
            };
        }
        return out;
    }

    /// The raw bytes of a tensor of any type, for instance a U8 image.
    ///
    /// @throws SafetensorsException when there is no such tensor
    public byte[] bytes(String name) {
        SafetensorsTensor tensor = tensor(name);
        length(tensor);
        if (tensor.byteSize() > Integer.MAX_VALUE - 8) {
            throw new SafetensorsException(path, "tensor " + name + " is too large to be read at once");
        }
        return data(tensor).toArray(ValueLayout.JAVA_BYTE);
    }

    private int length(SafetensorsTensor tensor) {
        if (tensor.elements() > Integer.MAX_VALUE - 8) {
            throw new SafetensorsException(path, "tensor " + tensor.name() + " has " + tensor.elements()
                    + " elements, too many to be read at once");
        }
        return (int) tensor.elements();
    }

    @Override
    public void close() {
        arena.close();
    }
}
