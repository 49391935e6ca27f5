package sinew.convert;

/// An affine map per dimension: y = (x - center) / scale + shift, and back x = (y - shift) * scale + center.
/// Each array has one entry per dimension of the feature, or 3 for an image.
record FeatureNormalization(float[] center, float[] scale, float[] shift) {}
