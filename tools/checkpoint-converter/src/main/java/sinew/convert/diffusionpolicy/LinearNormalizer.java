package sinew.convert.diffusionpolicy;

/// diffusion_policy's affine map of one feature: normalised = x * scale + offset, and back.
///
/// Both arrays have one entry per dimension of the feature, or a single one for all values of an image.
public record LinearNormalizer(float[] scale, float[] offset) {
    /// @throws IllegalArgumentException when the arrays are not of one length, or a value cannot be undone
    public LinearNormalizer {
        if (scale.length == 0 || scale.length != offset.length) {
            throw new IllegalArgumentException("scale has " + scale.length + " values and offset " + offset.length);
        }
        for (int i = 0; i < scale.length; i++) {
            if (!Float.isFinite(scale[i]) || scale[i] == 0 || !Float.isFinite(offset[i])) {
                throw new IllegalArgumentException("scale " + scale[i] + " or offset " + offset[i] + " of dimension "
                        + i + " is zero or not finite");
            }
        }
    }

    /// Normalises rows of [#scale]'s length in place.
    ///
    /// @throws IllegalArgumentException when the values are not whole rows
    public void normalize(float[] values) {
        requireRows(values);
        for (int i = 0; i < values.length; i++) {
            int d = i % scale.length;
            values[i] = values[i] * scale[d] + offset[d];
        }
    }

    /// Takes [#normalize] back.
    ///
    /// @throws IllegalArgumentException when the values are not whole rows
    public void unnormalize(float[] values) {
        requireRows(values);
        for (int i = 0; i < values.length; i++) {
            int d = i % scale.length;
            values[i] = (values[i] - offset[d]) / scale[d];
        }
    }

    private void requireRows(float[] values) {
        if (values.length % scale.length != 0) {
            throw new IllegalArgumentException(values.length + " values are not rows of " + scale.length);
        }
    }
}
