package sinew.convert.diffusionpolicy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sinew.convert.torch.TorchCheckpoint;
import sinew.convert.torch.TorchCheckpointException;
import sinew.convert.torch.TorchTensor;
import sinew.engine.policy.DiffusionSpec;

/// A `.ckpt` that diffusion_policy's workspace saved. Its tensors are those of the averaged weights where the training
/// kept such (`cfg.training.use_ema`), else of the trained ones, for that is the policy that was evaluated.
public final class DiffusionPolicyCheckpoint implements AutoCloseable {
    private static final List<String> STATISTICS = List.of("min", "max", "mean", "std");

    private final TorchCheckpoint file;
    private final ConfigNode policy;
    private final String weights;
    private final Map<String, TorchTensor> tensors;

    private DiffusionPolicyCheckpoint(TorchCheckpoint file) {
        this.file = file;
        ConfigNode root = ConfigNode.of(file.path(), "the checkpoint", file.root());
        ConfigNode cfg = root.top("cfg");
        policy = cfg.child("policy");
        weights = cfg.child("training").flag("use_ema") ? "ema_model" : "model";
        root.top("state_dicts").child(weights);
        tensors = tensors(file, weights);
    }

    /// @throws TorchCheckpointException when it is not such a checkpoint
    /// @throws IOException              when it cannot be read at all
    public static DiffusionPolicyCheckpoint open(Path path) throws IOException {
        TorchCheckpoint file = TorchCheckpoint.open(path);
        try {
            return new DiffusionPolicyCheckpoint(file);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static Map<String, TorchTensor> tensors(TorchCheckpoint file, String weights) {
        Map<?, ?> all = (Map<?, ?>) ((Map<?, ?>) ((Map<?, ?>) file.root()).get("state_dicts")).get(weights);
        Map<String, TorchTensor> tensors = LinkedHashMap.newLinkedHashMap(all.size());
        for (Map.Entry<?, ?> entry : all.entrySet()) {
            if (!(entry.getKey() instanceof String name && entry.getValue() instanceof TorchTensor tensor)) {
                throw new TorchCheckpointException(file.path(), "state_dicts." + weights + "." + entry.getKey()
                        + " is not a tensor");
            }
            tensors.put(name, tensor);
        }
        return Collections.unmodifiableMap(tensors);
    }

    /// The policy's class in Python, as in `diffusion_policy.policy.diffusion_unet_lowdim_policy.Diffusion...`.
    public String policyClass() {
        return policy.text("_target_");
    }

    /// `ema_model` or `model`.
    public String weights() {
        return weights;
    }

    /// By name, normalisers included, in the order of the file.
    public Map<String, TorchTensor> tensors() {
        return tensors;
    }

    /// Values of a tensor as float32, row-major.
    ///
    /// @throws TorchCheckpointException when there is no such tensor, or it is damaged
    public float[] floats(String name) throws IOException {
        TorchTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new TorchCheckpointException(file.path(), "state_dicts." + weights + " has no tensor " + name);
        }
        return file.floats(tensor);
    }

    /// The normaliser of a feature: `obs` and `action` of a low-dim policy, a key of `shape_meta.obs` of others.
    ///
    /// @throws TorchCheckpointException when there is none, or it cannot be one
    public LinearNormalizer normalizer(String feature) throws IOException {
        String prefix = "normalizer.params_dict." + feature + ".";
        try {
            return new LinearNormalizer(floats(prefix + "scale"), floats(prefix + "offset"));
        } catch (IllegalArgumentException e) {
            throw new TorchCheckpointException(file.path(), "the normaliser of " + feature + " is unusable: "
                    + e.getMessage());
        }
    }

    /// What the data of a feature were when the normaliser was made: `min`, `max`, `mean`, `std`, those that are there.
    ///
    /// @throws TorchCheckpointException when one is damaged
    public Map<String, float[]> statistics(String feature) throws IOException {
        Map<String, float[]> statistics = new LinkedHashMap<>();
        for (String name : STATISTICS) {
            String tensor = "normalizer.params_dict." + feature + ".input_stats." + name;
            if (tensors.containsKey(tensor)) {
                statistics.put(name, floats(tensor));
            }
        }
        return statistics;
    }

    /// What the configuration says of the policy.
    ///
    /// @throws TorchCheckpointException when it is a policy, or uses a setting, that is not supported
    public DiffusionSpec spec() {
        return PolicyConfig.read(policy);
    }

    /// Whether pictures are normalised by ImageNet's mean and deviation after their own normaliser.
    public boolean normalizesByImageNet() {
        return !policy.isNull("obs_encoder") && ObsEncoderConfig.normalizesByImageNet(policy);
    }

    /// Whether `cfg.policy` sets a crop that `random_crop: false` switches off.
    public boolean ignoresCrop() {
        if (policy.isNull("obs_encoder")) {
            return false;
        }
        ConfigNode encoder = policy.child("obs_encoder");
        return !encoder.isNull("crop_shape") && !encoder.flag("random_crop", true);
    }

    /// The camera whose network is the image encoder of that number; `rgb` when all cameras share one.
    public static String encoderKey(DiffusionSpec spec, int encoder) {
        return spec.vision().separateEncoders() ? spec.cameras().get(encoder).name() : "rgb";
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
