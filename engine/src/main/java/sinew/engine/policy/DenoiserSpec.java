package sinew.engine.policy;

/// The geometry of a diffusion policy's network.
public sealed interface DenoiserSpec permits UnetSpec, TransformerSpec, DitSpec {}
