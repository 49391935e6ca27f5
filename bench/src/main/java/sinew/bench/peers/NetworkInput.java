package sinew.bench.peers;

/// What goes into a network, channels last as in our engine.
///
/// @param values    UNet: the sample [B, T, A]; encoder: images [B, H, W, 3], already normalised
/// @param timesteps UNet: one training step per sample [B]; encoder: null
/// @param cond      UNet: [B, condDim]; encoder: null
public record NetworkInput(float[] values, int[] timesteps, float[] cond) {}
