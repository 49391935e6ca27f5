package sinew.convert.torch;

/// Walks a tensor in row-major order and says where in its storage each element lies.
final class ViewOrder {
    private final int[] shape;
    private final int[] stride;
    private final int[] index;
    private int at;

    /// For a tensor whose storage fits an array.
    ViewOrder(TorchTensor tensor) {
        shape = tensor.shape().stream().mapToInt(Integer::intValue).toArray();
        stride = tensor.stride().stream().mapToInt(Integer::intValue).toArray();
        index = new int[shape.length];
        at = (int) tensor.offset();
    }

    /// The element's place, in elements. To be called once for each element.
    int next() {
        int here = at;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            at += stride[axis];
            if (++index[axis] < shape[axis]) {
                return here;
            }
            at -= stride[axis] * shape[axis];
            index[axis] = 0;
        }
        return here;
    }
}
