package sinew.convert.safetensors;

/// Element types of safetensors files.
public enum Dtype {
    BOOL(1),
    U8(1),
    I8(1),
    F8_E5M2(1),
    F8_E4M3(1),
    I16(2),
    U16(2),
    F16(2),
    BF16(2),
    I32(4),
    U32(4),
    F32(4),
    F64(8),
    I64(8),
    U64(8);

    private final int bytes;

    Dtype(int bytes) {
        this.bytes = bytes;
    }

    /// Bytes per element.
    public int bytes() {
        return bytes;
    }

    /// Null when there is no such type.
    static Dtype of(String name) {
        for (Dtype type : values()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        return null;
    }
}
