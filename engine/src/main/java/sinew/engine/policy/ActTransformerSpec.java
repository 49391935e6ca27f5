package sinew.engine.policy;

/// The geometry of ACT's transformer.
///
/// @param width       channels of a token
/// @param feedForward channels between the two linear layers after each attention
/// @param preNorm     norms before each part instead of after it, and one after the encoder
public record ActTransformerSpec(
        int width,
        int heads,
        int feedForward,
        FeedForwardActivation activation,
        int encoderLayers,
        int decoderLayers,
        boolean preNorm) {

    /// Between the two linear layers.
    public enum FeedForwardActivation {
        RELU,
        /// With the error function.
        GELU
    }
}
