package sinew.engine.weights;

import java.util.List;
import sinew.kernels.WeightType;

/// A tensor in a weights file.
///
/// @param shape    row-major, 1 to 4 dimensions, the last one contiguous
/// @param offset   bytes from the start of the data section, a multiple of 64
/// @param byteSize size of the data without padding
public record TensorInfo(String name, WeightType type, List<Integer> shape, long offset, long byteSize) {
    public TensorInfo {
        shape = List.copyOf(shape);
    }

    TensorInfo(TensorDeclaration declaration, long offset) {
        this(declaration.name(), declaration.type(), declaration.shape(), offset, declaration.byteSize());
    }

    /// Number of stored values, the padding of the last panel included.
    public long elements() {
        return byteSize / type.bytes();
    }
}
