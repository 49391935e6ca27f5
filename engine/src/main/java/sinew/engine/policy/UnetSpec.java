package sinew.engine.policy;

import java.util.List;

/// The conditional 1-D UNet's geometry.
///
/// @param downDims  channels per level
/// @param filmScale FiLM scales and shifts; false: shifts alone
public record UnetSpec(List<Integer> downDims, int kernelSize, int nGroups, int stepEmbedDim, boolean filmScale)
        implements DenoiserSpec {
    public UnetSpec {
        downDims = List.copyOf(downDims);
    }
}
