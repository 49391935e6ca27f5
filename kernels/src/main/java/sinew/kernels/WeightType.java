package sinew.kernels;

/// How a packed weight is stored. Arithmetic is float32 for every type.
public enum WeightType {
    F32(4),
    BF16(2);

    private final int bytes;

    WeightType(int bytes) {
        this.bytes = bytes;
    }

    /// Bytes per weight.
    public int bytes() {
        return bytes;
    }
}
