package sinew.kernels;

/// Pointwise non-linearities.
public enum Activation {
    NONE,
    RELU,
    /// x * tanh(softplus(x)), Misra 2019.
    MISH
}
