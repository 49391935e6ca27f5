package sinew.convert;

import sinew.engine.weights.TensorInfo;
import sinew.engine.weights.WeightsFile;

/// The weights that every denoising step reads: those of the denoiser but for what only knows the step or the
/// observation, which is read once per policy or once per prediction. A policy that denoises nothing reads all its
/// weights for a chunk.
public final class StepWeights {
    private StepWeights() {}

    /// Their size in a file.
    public static long bytes(WeightsFile file) {
        boolean conditionLayers = file.find("transformer.encoder.0.weight") == null;
        long denoiser = file.tensors().stream()
                .filter(tensor -> isRead(tensor.name(), conditionLayers))
                .mapToLong(TensorInfo::byteSize)
                .sum();
        return denoiser > 0 ? denoiser : file.tensors().stream().mapToLong(TensorInfo::byteSize).sum();
    }

    private static boolean isRead(String name, boolean conditionLayers) {
        if (name.startsWith("transformer.")) {
            return !name.startsWith("transformer.cond_")
                    && (conditionLayers || !name.startsWith("transformer.encoder.") && !name.contains(".kv_proj."));
        }
        if (name.startsWith("dit.")) {
            return !name.startsWith("dit.time_mlp.") && !name.contains(".adaLN_modulation.");
        }
        return name.startsWith("unet.") && !name.contains(".cond_encoder.")
                && !name.startsWith("unet.diffusion_step_encoder.");
    }
}
