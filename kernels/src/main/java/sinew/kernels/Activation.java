package sinew.kernels;

/// Pointwise non-linearities.
public enum Activation {
    NONE,
    RELU,
    /// x * tanh(softplus(x)), Misra 2019.
    MISH,
    /// x * sigmoid(x), Hendrycks and Gimpel 2016.
    SILU,
    /// x * Phi(x) with the error function, Hendrycks and Gimpel 2016: PyTorch's GELU().
    GELU,
    /// GELU's approximation by tanh: PyTorch's GELU(approximate="tanh"). Up to 5e-4 away from [#GELU].
    GELU_TANH,
    /// x * sigmoid(1.702 x): CLIP's. Up to 2e-2 away from [#GELU].
    QUICK_GELU
}
