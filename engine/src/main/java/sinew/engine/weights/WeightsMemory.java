package sinew.engine.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import sinew.kernels.NativeMemory;

/// A weights file that never touches the disk: for weights that are needed for a moment, such as those that others
/// are compared with. Declared and written like a [WeightsWriter]'s.
public final class WeightsMemory implements WeightsSink, AutoCloseable {
    private final Path path;
    private final Metadata metadata;
    private final List<TensorInfo> tensors;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment data;
    private int written;
    private boolean finished;

    /// @param path what messages call it
    /// @throws WeightsFormatException   when there is no memory for it
    /// @throws IllegalArgumentException when a name is too long or declared twice
    public WeightsMemory(Path path, Metadata metadata, List<TensorDeclaration> declarations) {
        this.path = path;
        this.metadata = metadata;
        this.tensors = WeightsWriter.layOut(declarations);
        TensorInfo last = tensors.getLast();
        long bytes = GgufType.align(last.offset() + last.byteSize());
        try {
            data = NativeMemory.bytes(arena, bytes);
        } catch (OutOfMemoryError e) {
            arena.close();
            throw new WeightsFormatException(path,
                    "there is no room for " + (bytes >> 20) + " MiB of weights in memory. Free some");
        }
    }

    @Override
    public void write(String name, MemorySegment from) {
        TensorInfo tensor = WeightsWriter.next(tensors, written, name, from);
        data.asSlice(tensor.offset(), tensor.byteSize()).copyFrom(from);
        written++;
    }

    /// The whole file, which owns the memory from now on: closing it frees the memory.
    public WeightsFile finish() {
        WeightsWriter.requireAll(tensors, written);
        finished = true;
        long header = new HeaderEncoder(metadata, tensors).size();
        return new WeightsFile(path, new GgufHeader(metadata, tensors, 0, header, data.byteSize()), arena, data);
    }

    @Override
    public void close() {
        if (!finished) {
            arena.close();
        }
    }
}
