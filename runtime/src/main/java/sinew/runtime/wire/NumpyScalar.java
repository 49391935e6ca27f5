package sinew.runtime.wire;

/// A numpy scalar such as `np.float32(0.1)`. (`np.float64` travels as a plain float.)
///
/// @param value Boolean, Long, Double or String
/// @param dtype numpy's dtype string, e.g. `<f4`
public record NumpyScalar(Object value, String dtype) {}
