package sinew.runtime.predict;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import sinew.convert.ConversionOptions;
import sinew.convert.Converter;
import sinew.convert.ProgressListener;
import sinew.convert.SyntheticCheckpoint;
import sinew.convert.safetensors.Dtype;
import sinew.engine.inference.Policies;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.Image;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySpec;
import sinew.kernels.WeightType;

/// Policies and observations for tests.
final class TestPolicies {
    private TestPolicies() {}

    /// Small, without cameras, and with convolutions that are large enough for INT8.
    private static final String STATES_ONLY = """
            {"type": "diffusion", "n_obs_steps": 2, "horizon": 16, "n_action_steps": 8, "resize_shape": null,
             "crop_shape": null, "crop_ratio": 1.0, "vision_backbone": "resnet18", "use_group_norm": true,
             "pretrained_backbone_weights": null, "spatial_softmax_num_keypoints": 8,
             "use_separate_rgb_encoder_per_camera": false, "down_dims": [64, 128], "kernel_size": 5, "n_groups": 8,
             "diffusion_step_embed_dim": 32, "use_film_scale_modulation": true, "noise_scheduler_type": "DDIM",
             "num_train_timesteps": 100, "beta_schedule": "squaredcos_cap_v2", "beta_start": 0.0001,
             "beta_end": 0.02, "prediction_type": "epsilon", "clip_sample": true, "clip_sample_range": 1.0,
             "num_inference_steps": 4,
             "normalization_mapping": {"STATE": "MIN_MAX", "ACTION": "MIN_MAX"},
             "input_features": {"observation.state": {"type": "STATE", "shape": [6]}},
             "output_features": {"action": {"type": "ACTION", "shape": [6]}}}
            """;

    /// A synthetic checkpoint of that small policy, new in `folder`.
    static Path statesOnly(Path folder) throws IOException {
        Path config = Files.writeString(Files.createDirectories(folder).resolve("wanted.json"), STATES_ONLY);
        Path checkpoint = folder.resolve("states-only");
        SyntheticCheckpoint.write(config, checkpoint, 3, Dtype.F32, tensor -> {});
        return checkpoint;
    }

    static Path convert(Path checkpoint, Path weights) throws IOException {
        return convert(checkpoint, weights, WeightType.F32);
    }

    static Path convert(Path checkpoint, Path weights, WeightType type) throws IOException {
        Converter.convert(checkpoint, weights, new ConversionOptions(type, false, 0), ProgressListener.SILENT);
        return weights;
    }

    /// The weights file of a recording, converted into `temporary` once.
    static Path weights(String golden, Path temporary) throws IOException {
        Path weights = temporary.resolve(golden + ".gguf");
        if (!Files.exists(weights)) {
            convert(GoldenCase.find(golden).checkpoint(temporary), weights);
        }
        return weights;
    }

    static Policy load(Path weights, int threads) throws IOException {
        return Policies.load(weights, TestDevice.options().withThreads(threads));
    }

    /// An observation that fits, made of noise.
    static Observation observation(PolicySpec spec, long seed) {
        Random random = new Random(seed);
        Map<String, float[]> states = new HashMap<>();
        Map<String, Image> images = new HashMap<>();
        for (Feature feature : spec.inputs()) {
            if (feature.type() == FeatureType.VISUAL) {
                int height = feature.shape().get(1);
                int width = feature.shape().get(2);
                byte[] rgb = new byte[height * width * 3];
                random.nextBytes(rgb);
                images.put(feature.name(), new Image(height, width, rgb));
            } else {
                float[] values = new float[feature.size()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = 100 * random.nextFloat() - 50;
                }
                states.put(feature.name(), values);
            }
        }
        return new Observation(states, images);
    }
}
