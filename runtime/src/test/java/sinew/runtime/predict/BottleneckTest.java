package sinew.runtime.predict;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.convert.SyntheticCheckpoint;
import sinew.convert.safetensors.Dtype;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.policy.Image;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;

/// A ResNet of bottlenecks, which no recording has. The expected features were computed in float64 with NumPy,
/// straight from torchvision's definition of resnet50, on the same synthetic checkpoint and image; when
/// [SyntheticCheckpoint] draws other weights they have to be computed again.
class BottleneckTest {
    private static final float[] FEATURES = {
        0.3067641f, 0f, 0.2351245f, 0.03567423f, 0f, 0.1074637f, 0.4027807f, 0.2302196f, 0.066119f, 0.1179546f,
        0.07016538f, 0f, 0f, 0f, 0f, 0f
    };

    private static final String CONFIG = """
            {"type": "diffusion", "n_obs_steps": 1, "horizon": 16, "n_action_steps": 8,
             "vision_backbone": "resnet50", "use_group_norm": true, "pretrained_backbone_weights": null,
             "resize_shape": null, "crop_shape": null, "crop_ratio": 1.0, "spatial_softmax_num_keypoints": 8,
             "use_separate_rgb_encoder_per_camera": false, "down_dims": [16, 32], "kernel_size": 3, "n_groups": 4,
             "diffusion_step_embed_dim": 16, "use_film_scale_modulation": true, "noise_scheduler_type": "DDIM",
             "num_train_timesteps": 100, "beta_schedule": "squaredcos_cap_v2", "beta_start": 0.0001,
             "beta_end": 0.02, "prediction_type": "epsilon", "clip_sample": true, "clip_sample_range": 1.0,
             "num_inference_steps": 2,
             "normalization_mapping": {"VISUAL": "MEAN_STD", "STATE": "MIN_MAX", "ACTION": "MIN_MAX"},
             "input_features": {"observation.state": {"type": "STATE", "shape": [6]},
                                "observation.images.z": {"type": "VISUAL", "shape": [3, 70, 93]}},
             "output_features": {"action": {"type": "ACTION", "shape": [6]}}}
            """;

    @TempDir
    Path temporary;

    @Test
    void resnet50SeesWhatTorchvisionDefines() throws IOException {
        Path config = Files.writeString(temporary.resolve("config.json"), CONFIG);
        Path checkpoint = temporary.resolve("checkpoint");
        SyntheticCheckpoint.write(config, checkpoint, 3, Dtype.F32, tensor -> {});
        Path weights = TestPolicies.convert(checkpoint, temporary.resolve("policy.gguf"));
        Map<String, float[]> seen = new HashMap<>();
        try (Policy policy = TestPolicies.load(weights, 2)) {
            Observation observation = new Observation(
                    Map.of("observation.state", new float[6]), Map.of("observation.images.z", image(70, 93)));
            policy.newSession(new TorchRandom(0), SamplingOptions.FROM_CHECKPOINT)
                    .predict(observation, (name, values, shape) -> seen.put(name, values));
        }
        assertArrayEquals(FEATURES, seen.get("encoder_feature"), 5e-6f);
    }

    private static Image image(int height, int width) {
        byte[] rgb = new byte[height * width * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) ((long) i * i / 97 % 256);
        }
        return new Image(height, width, rgb);
    }
}
