package sinew.engine.weights;

import java.util.List;
import sinew.kernels.WeightType;

/// A tensor before it has a place in a file.
///
/// @param name  at most 63 bytes of UTF-8 (ggml's limit, so that other programs can open the file)
/// @param shape row-major, 1 to 4 dimensions, the last one contiguous
public record TensorDeclaration(String name, WeightType type, List<Integer> shape) {
    /// Longest tensor name in bytes of UTF-8.
    public static final int MAX_NAME_BYTES = 63;

    /// Most dimensions of a tensor.
    public static final int MAX_DIMENSIONS = 4;

    public TensorDeclaration {
        shape = List.copyOf(shape);
        if (shape.isEmpty() || shape.size() > MAX_DIMENSIONS || shape.stream().anyMatch(n -> n < 1)) {
            throw new IllegalArgumentException(name + " has shape " + shape + ", want 1 to 4 positive dimensions");
        }
    }

    /// Number of values.
    public long elements() {
        long count = 1;
        for (int n : shape) {
            count = Math.multiplyExact(count, n);
        }
        return count;
    }

    /// Size of the data without padding.
    public long byteSize() {
        return Math.multiplyExact(elements(), type.bytes());
    }
}
