package sinew.kernels;

/// How a packed weight is stored. Arithmetic is float32 for every type.
public enum WeightType {
    F32(1),
    BF16(2),
    /// A byte and a scale per output. Kernels of layers that are bound by reading weights take it: convolutions
    /// over time.
    INT8(4);

    private final int group;

    WeightType(int group) {
        this.group = group;
    }

    /// Neighbouring depths of an output that share a 32-bit word.
    public int group() {
        return group;
    }

    /// Bytes per weight.
    public int bytes() {
        return Integer.BYTES / group;
    }
}
