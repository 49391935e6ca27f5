package sinew.convert.torch;

import sinew.convert.safetensors.Dtype;

/// A run of values in the file. Several tensors may be views of one.
///
/// @param key      the entry's name below `data/`
/// @param elements number of values
public record TorchStorage(String key, Dtype dtype, long elements) {
    long byteSize() {
        return elements * dtype.bytes();
    }
}
