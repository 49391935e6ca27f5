package sinew.convert;

import sinew.engine.weights.TensorInfo;
import sinew.engine.weights.WeightsFile;

/// The weights that every denoising step reads: those of the UNet but for FiLM's and the step embedding's, which are
/// read once per prediction or once per policy. A policy that is no UNet reads all its weights for a chunk.
public final class StepWeights {
    private StepWeights() {}

    /// Their size in a file.
    public static long bytes(WeightsFile file) {
        long unet = file.tensors().stream().filter(StepWeights::isRead).mapToLong(TensorInfo::byteSize).sum();
        return unet > 0 ? unet : file.tensors().stream().mapToLong(TensorInfo::byteSize).sum();
    }

    private static boolean isRead(TensorInfo tensor) {
        String name = tensor.name();
        return name.startsWith("unet.") && !name.contains(".cond_encoder.")
                && !name.startsWith("unet.diffusion_step_encoder.");
    }
}
