package sinew.engine.weights;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import sinew.kernels.NativeMemory;

/// A weights file: its metadata and, when opened with [#open(Path)], its tensors in one native slab in which every
/// tensor begins at a multiple of 64 bytes. Immutable and usable from any thread; closing frees the slab, after
/// which no [MemorySegment] taken from it can be read.
public final class WeightsFile implements AutoCloseable {
    private static final long CHUNK_BYTES = 1 << 26;

    private final Path path;
    private final GgufHeader header;
    private final Map<String, TensorInfo> byName = new HashMap<>();
    private final Arena arena;
    private final MemorySegment data;

    WeightsFile(Path path, GgufHeader header, Arena arena, MemorySegment data) {
        this.path = path;
        this.header = header;
        this.arena = arena;
        this.data = data;
        for (TensorInfo tensor : header.tensors()) {
            byName.put(tensor.name(), tensor);
        }
    }

    /// Reads and verifies the whole file.
    ///
    /// @throws WeightsFormatException when the file is not what `sinew convert` wrote, to the byte
    /// @throws IOException            when it cannot be read at all
    public static WeightsFile open(Path path) throws IOException {
        try (FileChannel channel = openChannel(path)) {
            GgufHeader header = readHeader(path, channel);
            Arena arena = Arena.ofShared();
            try {
                return new WeightsFile(path, header, arena, readData(path, channel, header, arena));
            } catch (IOException | RuntimeException | Error e) {
                arena.close();
                throw e;
            }
        }
    }

    /// Reads and verifies the header only: metadata and the list of tensors, but no data.
    ///
    /// @throws WeightsFormatException when the header is not what `sinew convert` wrote
    /// @throws IOException            when the file cannot be read at all
    public static WeightsFile openHeader(Path path) throws IOException {
        try (FileChannel channel = openChannel(path)) {
            return new WeightsFile(path, readHeader(path, channel), null, null);
        }
    }

    private static FileChannel openChannel(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            throw new WeightsFormatException(path, "is a directory, not a weights file");
        }
        try {
            return FileChannel.open(path, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            throw new NoSuchFileException(path.toString(), null, "there is no such file");
        }
    }

    private static GgufHeader readHeader(Path path, FileChannel channel) throws IOException {
        GgufHeader header = GgufHeader.read(path, channel, channel.size());
        byte[] bytes = new byte[Math.toIntExact(header.dataStart())];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, buffer.position()) < 0) {
                throw new WeightsFormatException(path, null, buffer.position(), "the file shrank while it was read");
            }
        }
        int expected = (int) header.metadata().integer(GgufHeader.HEADER_CHECKSUM_KEY);
        buffer.putInt((int) header.checksumAt(), 0);
        if (Checksum.of(bytes) != expected) {
            throw new WeightsFormatException(path, null, 0, "the checksum of the header does not fit. The file was"
                    + " damaged or edited after it was written: copy or convert it again");
        }
        return header;
    }

    private static MemorySegment readData(Path path, FileChannel channel, GgufHeader header, Arena arena)
            throws IOException {
        MemorySegment data = allocate(path, header, arena);
        Checksum checksum = new Checksum();
        long done = 0;
        while (done < data.byteSize()) {
            MemorySegment part = data.asSlice(done, Math.min(CHUNK_BYTES, data.byteSize() - done));
            ByteBuffer buffer = part.asByteBuffer();
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, header.dataStart() + done + buffer.position()) < 0) {
                    throw new WeightsFormatException(path, null, header.dataStart() + done + buffer.position(),
                            "the file shrank while it was read");
                }
            }
            checksum.update(part);
            done += part.byteSize();
        }
        if (checksum.value() != (int) header.metadata().integer(GgufHeader.DATA_CHECKSUM_KEY)) {
            throw new WeightsFormatException(path, null, header.dataStart(), "the checksum of the weights does not"
                    + " fit. The file was damaged after it was written: copy or convert it again");
        }
        return data;
    }

    private static MemorySegment allocate(Path path, GgufHeader header, Arena arena) {
        try {
            return NativeMemory.bytes(arena, header.dataBytes());
        } catch (OutOfMemoryError e) {
            throw new WeightsFormatException(path, "there is no room for its " + (header.dataBytes() >> 20)
                    + " MiB of weights in memory. Free some, or convert with --type bf16 or int8");
        }
    }

    public Path path() {
        return path;
    }

    public Metadata metadata() {
        return header.metadata();
    }

    /// All tensors in the order in which they lie in the file.
    public List<TensorInfo> tensors() {
        return header.tensors();
    }

    /// Null when there is no such tensor.
    public TensorInfo find(String name) {
        return byName.get(name);
    }

    /// Size of the file in bytes.
    public long byteSize() {
        return header.dataStart() + header.dataBytes();
    }

    /// The tensor's memory: native, 64-byte aligned, live until this file is closed.
    ///
    /// @throws IllegalStateException when only the header was opened
    public MemorySegment data(TensorInfo tensor) {
        if (data == null) {
            throw new IllegalStateException(path + " was opened for its header only");
        }
        return data.asSlice(tensor.offset(), tensor.byteSize());
    }

    /// More native memory, 64-byte aligned, with this file's lifetime.
    MemorySegment allocate(long bytes) {
        return NativeMemory.bytes(arena, bytes);
    }

    /// Lookup of weights from the root of the file. Ask for everything, then call [WeightScope#requireComplete()].
    public WeightScope scope() {
        return new WeightScope(this);
    }

    @Override
    public void close() {
        if (arena != null) {
            arena.close();
        }
    }
}
