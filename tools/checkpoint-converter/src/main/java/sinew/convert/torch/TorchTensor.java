package sinew.convert.torch;

import java.util.List;
import sinew.convert.pickle.PickleException;
import sinew.convert.safetensors.Dtype;

/// A view of a storage: element (i, j, ...) is value `offset + i * stride[0] + j * stride[1] + ...` of it. That all of
/// them lie in the storage is checked when it is made.
///
/// @param shape  empty for a scalar
/// @param stride in elements, as long as the shape
/// @param offset in elements
public record TorchTensor(TorchStorage storage, long offset, List<Integer> shape, List<Integer> stride) {
    private static final int MAX_RANK = 16;

    /// A view may repeat values (stride 0), but a small file is not to grow into more than this.
    private static final long MAX_REPEATED = 1 << 24;

    /// @throws PickleException when the view leaves its storage
    public TorchTensor {
        shape = List.copyOf(shape);
        stride = List.copyOf(stride);
        if (shape.size() != stride.size() || shape.size() > MAX_RANK) {
            throw new PickleException("holds a tensor of shape " + shape + " with strides " + stride);
        }
        checkView(storage, offset, shape, stride);
    }

    private static void checkView(TorchStorage storage, long offset, List<Integer> shape, List<Integer> stride) {
        boolean fits = offset >= 0;
        boolean empty = false;
        for (int i = 0; i < shape.size(); i++) {
            fits &= shape.get(i) >= 0 && stride.get(i) >= 0;
            empty |= shape.get(i) == 0;
        }
        long last = offset;
        long elements = 1;
        long most = Math.max(storage.elements(), MAX_REPEATED);
        for (int i = 0; i < shape.size() && fits && !empty; i++) {
            elements *= shape.get(i);
            long step = (shape.get(i) - 1L) * stride.get(i);
            // Compared before it is added: the sum stays below the storage's size, so nothing overflows.
            fits = elements <= most && step <= storage.elements() - last;
            last += step;
        }
        if (!fits || !empty && last >= storage.elements()) {
            throw new PickleException("holds a tensor of shape " + shape + ", strides " + stride + " and offset "
                    + offset + " that does not fit its storage data/" + storage.key() + " of " + storage.elements()
                    + " values");
        }
    }

    public Dtype dtype() {
        return storage.dtype();
    }

    /// Number of elements.
    public long elements() {
        long elements = 1;
        for (int size : shape) {
            elements *= size;
        }
        return shape.contains(0) ? 0 : elements;
    }
}
