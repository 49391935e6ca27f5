package sinew.engine.weights;

import sinew.kernels.WeightType;

/// Types of GGUF metadata values, in the order of their codes (ggml's gguf.md).
enum GgufType {
    UINT8(1),
    INT8(1),
    UINT16(2),
    INT16(2),
    UINT32(4),
    INT32(4),
    FLOAT32(4),
    BOOL(1),
    STRING(8),
    ARRAY(12),
    UINT64(8),
    INT64(8),
    FLOAT64(8);

    private final int bytes;

    GgufType(int bytes) {
        this.bytes = bytes;
    }

    /// Size of a value; for strings and arrays the least size (an empty one).
    int bytes() {
        return bytes;
    }

    int code() {
        return ordinal();
    }

    /// Null when there is no such type.
    static GgufType of(long code) {
        return code >= 0 && code < values().length ? values()[(int) code] : null;
    }

    boolean isInteger() {
        return switch (this) {
            case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
            default -> false;
        };
    }

    boolean isFloat() {
        return this == FLOAT32 || this == FLOAT64;
    }

    /// ggml's codes of the tensor types that Sinew writes.
    static int tensorCode(WeightType type) {
        return switch (type) {
            case F32 -> 0;
            case BF16 -> 30;
            case INT8 -> 24;
        };
    }

    /// Null when Sinew does not read that type.
    static WeightType tensorType(long code) {
        for (WeightType type : WeightType.values()) {
            if (tensorCode(type) == code) {
                return type;
            }
        }
        return null;
    }

    /// Alignment of the data section and of every tensor in it, in bytes.
    static final int ALIGNMENT = 64;

    static long align(long offset) {
        return Math.addExact(offset, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
