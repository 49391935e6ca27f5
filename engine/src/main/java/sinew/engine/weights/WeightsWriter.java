package sinew.engine.weights;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Writes a weights file: all tensors are declared first, their data follow in the same order. The file appears
/// under its name when [#commit()] returns; closing without it leaves nothing behind.
///
/// Integrity: the writer adds `general.alignment` and the two checksums to the metadata.
public final class WeightsWriter implements WeightsSink, AutoCloseable {
    private static final long CHUNK_BYTES = 1 << 28;

    private final List<TensorInfo> tensors;
    private final HeaderEncoder header;
    private final NewFile file;
    private final Checksum checksum = new Checksum();
    private int written;
    private boolean finished;

    private WeightsWriter(List<TensorInfo> tensors, HeaderEncoder header, NewFile file) {
        this.tensors = tensors;
        this.header = header;
        this.file = file;
    }

    /// @throws IllegalArgumentException when a name is too long or declared twice
    public static WeightsWriter create(Path path, Metadata metadata, List<TensorDeclaration> declarations)
            throws IOException {
        List<TensorInfo> tensors = layOut(declarations);
        HeaderEncoder header = new HeaderEncoder(metadata, tensors);
        NewFile file = NewFile.create(path);
        try {
            file.channel().position(header.size());
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
        return new WeightsWriter(tensors, header, file);
    }

    /// Gives every tensor its place in the data section.
    static List<TensorInfo> layOut(List<TensorDeclaration> declarations) {
        List<TensorInfo> tensors = new ArrayList<>();
        Set<String> names = new HashSet<>();
        long offset = 0;
        for (TensorDeclaration declaration : declarations) {
            int nameBytes = GgufHeader.bytes(declaration.name()).length;
            if (nameBytes > TensorDeclaration.MAX_NAME_BYTES) {
                throw new IllegalArgumentException("tensor name " + declaration.name() + " has " + nameBytes
                        + " bytes, at most " + TensorDeclaration.MAX_NAME_BYTES + " fit into a GGUF file");
            }
            if (!names.add(declaration.name())) {
                throw new IllegalArgumentException("tensor " + declaration.name() + " is declared twice");
            }
            TensorInfo tensor = new TensorInfo(declaration, offset);
            tensors.add(tensor);
            offset = GgufType.align(Math.addExact(offset, tensor.byteSize()));
        }
        return tensors;
    }

    @Override
    public void write(String name, MemorySegment data) throws IOException {
        TensorInfo tensor = next(tensors, written, name, data);
        checksum.update(data);
        for (long at = 0; at < data.byteSize(); at += CHUNK_BYTES) {
            writeFully(data.asSlice(at, Math.min(CHUNK_BYTES, data.byteSize() - at)).asByteBuffer());
        }
        pad(tensor.byteSize());
        written++;
    }

    private void pad(long size) throws IOException {
        byte[] zeros = new byte[(int) (GgufType.align(size) - size)];
        checksum.update(zeros, zeros.length);
        writeFully(ByteBuffer.wrap(zeros));
    }

    private void writeFully(ByteBuffer bytes) throws IOException {
        FileChannel channel = file.channel();
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /// The declared tensor whose turn it is, which must be `name` and of the size of `data`.
    static TensorInfo next(List<TensorInfo> tensors, int written, String name, MemorySegment data) {
        if (written == tensors.size() || !tensors.get(written).name().equals(name)) {
            throw new IllegalStateException("tensor " + name + " was written out of order, next is "
                    + (written == tensors.size() ? "nothing" : tensors.get(written).name()));
        }
        TensorInfo tensor = tensors.get(written);
        if (data.byteSize() != tensor.byteSize()) {
            throw new IllegalArgumentException("tensor " + name + " " + tensor.shape() + " has " + tensor.byteSize()
                    + " bytes, got " + data.byteSize());
        }
        return tensor;
    }

    /// Fails when a declared tensor was not written.
    static void requireAll(List<TensorInfo> tensors, int written) {
        if (written != tensors.size()) {
            throw new IllegalStateException(
                    written + " of " + tensors.size() + " tensors are written, next is " + tensors.get(written).name());
        }
    }

    /// Completes the file, still under its temporary name: whoever wants to look at it before it replaces an older
    /// one opens what this returns.
    ///
    /// @return the temporary file, whole
    public Path finish() throws IOException {
        requireAll(tensors, written);
        if (!finished) {
            file.channel().position(0);
            writeFully(ByteBuffer.wrap(header.finish(checksum.value())));
            finished = true;
        }
        return file.temporary();
    }

    /// Completes the file and puts it in its place.
    public void commit() throws IOException {
        finish();
        file.commit();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
