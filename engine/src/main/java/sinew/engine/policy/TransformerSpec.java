package sinew.engine.policy;

/// The geometry of diffusion_policy's TransformerForDiffusion.
///
/// @param layers          of the trunk
/// @param heads           of every attention
/// @param width           channels of a token, E
/// @param conditionLayers encoder layers over the condition's tokens; 0: two linear layers on each token
/// @param causal          a row attends to itself and earlier rows, and to observations that are not after it
/// @param timeAsCondition the step is a token of the condition; false: it is the first token of the sample, and there
///                        is no condition
public record TransformerSpec(
        int layers, int heads, int width, int conditionLayers, boolean causal, boolean timeAsCondition)
        implements DenoiserSpec {

    /// Channels between the two linear layers of a feed-forward part, per channel of a token.
    public static final int WIDENING = 4;
}
