package sinew.convert;

import sinew.kernels.WeightType;

/// @param type              how convolution and linear weights are stored
/// @param allowUnnormalized convert although statistics are missing for a feature that should be normalised
public record ConversionOptions(WeightType type, boolean allowUnnormalized) {
    public static final ConversionOptions F32 = new ConversionOptions(WeightType.F32, false);
}
