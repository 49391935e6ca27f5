package sinew.convert.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import sinew.convert.pickle.PickleException;
import sinew.convert.pickle.PickleLimits;
import sinew.convert.pickle.PickleReader;
import sinew.convert.safetensors.Dtype;

/// A file that `torch.save` wrote (PyTorch 1.6 or later). Opening reads and checks everything but the tensors' values.
///
/// The [#root] is a tree of unmodifiable maps and lists, with a [TorchTensor] wherever Python had a tensor and plain
/// values for omegaconf's nodes. Any thread may read; closing closes the file.
public final class TorchCheckpoint implements AutoCloseable {
    private final Path path;
    private final TorchArchive archive;
    private final Object root;

    private TorchCheckpoint(Path path, TorchArchive archive, Object root) {
        this.path = path;
        this.archive = archive;
        this.root = root;
    }

    /// @throws TorchCheckpointException when the file is not what it claims to be, or asks for a Python class that no
    ///                                  checkpoint needs
    /// @throws IOException              when it cannot be read at all
    public static TorchCheckpoint open(Path path) throws IOException {
        TorchArchive archive = TorchArchive.open(path);
        try {
            Object root = PickleReader.read(archive.pickle(), new TorchNames(archive::check), PickleLimits.DEFAULT);
            return new TorchCheckpoint(path, archive, root);
        } catch (PickleException e) {
            archive.close();
            throw new TorchCheckpointException(path, e.getMessage());
        } catch (IOException | RuntimeException e) {
            archive.close();
            throw e;
        }
    }

    public Path path() {
        return path;
    }

    /// What was saved: see [sinew.convert.pickle] for the types in it.
    public Object root() {
        return root;
    }

    /// A tensor's values in row-major order as float32: narrower types are widened exactly, F64 and integers rounded.
    ///
    /// @throws TorchCheckpointException when its storage is damaged or too large
    public float[] floats(TorchTensor tensor) throws IOException {
        float[] out = new float[length(tensor)];
        ByteBuffer bytes = values(tensor);
        Dtype dtype = tensor.dtype();
        ViewOrder order = new ViewOrder(tensor);
        for (int i = 0; i < out.length; i++) {
            int at = order.next();
            out[i] = switch (dtype) {
                case F32 -> bytes.getFloat(4 * at);
                case F64 -> (float) bytes.getDouble(8 * at);
                case F16 -> Float.float16ToFloat(bytes.getShort(2 * at));
                case BF16 -> Float.intBitsToFloat(bytes.getShort(2 * at) << 16);
                default -> integer(bytes, dtype, at);
            };
        }
        return out;
    }

    /// A tensor's values in row-major order, of an integer type or BOOL (0 and 1).
    ///
    /// @throws TorchCheckpointException when it is of another type, or its storage damaged or too large
    public long[] longs(TorchTensor tensor) throws IOException {
        switch (tensor.dtype()) {
            case BOOL, U8, I8, I16, I32, I64 -> { }
            default -> throw new TorchCheckpointException(path, "a tensor of type " + tensor.dtype() + " and shape "
                    + tensor.shape() + " stands where whole numbers are needed");
        }
        long[] out = new long[length(tensor)];
        ByteBuffer bytes = values(tensor);
        ViewOrder order = new ViewOrder(tensor);
        for (int i = 0; i < out.length; i++) {
            out[i] = integer(bytes, tensor.dtype(), order.next());
        }
        return out;
    }

    private static long integer(ByteBuffer bytes, Dtype dtype, int at) {
        return switch (dtype) {
            case BOOL -> bytes.get(at) == 0 ? 0 : 1;
            case U8 -> Byte.toUnsignedLong(bytes.get(at));
            case I8 -> bytes.get(at);
            case I16 -> bytes.getShort(2 * at);
            case I32 -> bytes.getInt(4 * at);
            case I64 -> bytes.getLong(8 * at);
            default -> throw new IllegalArgumentException("PyTorch has no storage of type " + dtype);
        };
    }

    private int length(TorchTensor tensor) {
        if (tensor.elements() > Integer.MAX_VALUE - 8) {
            throw new TorchCheckpointException(path, "a tensor of shape " + tensor.shape() + " has too many elements");
        }
        return (int) tensor.elements();
    }

    private ByteBuffer values(TorchTensor tensor) throws IOException {
        return ByteBuffer.wrap(archive.bytes(tensor.storage())).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() throws IOException {
        archive.close();
    }
}
