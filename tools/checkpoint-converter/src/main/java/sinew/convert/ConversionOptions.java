package sinew.convert;

import sinew.kernels.WeightType;

/// @param type              how convolution and linear weights are stored
/// @param allowUnnormalized convert although statistics are missing for a feature that should be normalised
/// @param leastInt8         fewest weights of a convolution over time that INT8 is used for; smaller ones are BF16
public record ConversionOptions(WeightType type, boolean allowUnnormalized, long leastInt8) {
    /// Half a megabyte in BF16: what is smaller is read from a processor's caches, not from memory.
    private static final long LEAST_INT8 = 1 << 18;

    public static final ConversionOptions F32 = new ConversionOptions(WeightType.F32, false);

    public ConversionOptions(WeightType type, boolean allowUnnormalized) {
        this(type, allowUnnormalized, LEAST_INT8);
    }

    StorageRule storage() {
        return new StorageRule(type, leastInt8);
    }
}
