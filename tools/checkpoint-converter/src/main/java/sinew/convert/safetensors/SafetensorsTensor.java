package sinew.convert.safetensors;

import java.util.List;

/// A tensor in a safetensors file.
///
/// @param shape  row-major; empty for a scalar
/// @param offset bytes from the start of the data section
public record SafetensorsTensor(String name, Dtype dtype, List<Integer> shape, long offset, long byteSize) {
    public SafetensorsTensor {
        shape = List.copyOf(shape);
    }

    /// Number of elements.
    public long elements() {
        return byteSize / dtype.bytes();
    }
}
