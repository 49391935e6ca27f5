package sinew.engine.policy;

/// The geometry of LeRobot's diffusion transformer, whose norms are modulated by what was observed and by the step
/// (adaLN, Peebles and Xie 2023).
///
/// @param layers       blocks
/// @param heads        of every attention
/// @param width        channels of a token, E
/// @param stepEmbedDim length of the step's embedding
/// @param ropeBase     rotary positions with this base (Su et al. 2021), or null for none
/// @param positions    whether tokens have learned positions
public record DitSpec(int layers, int heads, int width, int stepEmbedDim, Double ropeBase, boolean positions)
        implements DenoiserSpec {

    /// Channels between the two linear layers of a block, per channel of a token.
    public static final int WIDENING = 4;
}
