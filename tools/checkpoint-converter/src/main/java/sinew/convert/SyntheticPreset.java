package sinew.convert;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/// Ready-made configs for checkpoints with random weights.
public enum SyntheticPreset {
    /// The lift task with a small network; sized so that a demo answers at once.
    DEMO("demo", "lift: 2 cameras, 6 joints, small network"),
    DEMO_STACK("demo-stack", "stack: 2 cameras, 6 joints, small network"),
    DEMO_SORT("demo-sort", "sort: 3 cameras, 12 joints, small network"),
    /// LeRobot's defaults up to 0.5.
    DEFAULT_H16("default-h16", "LeRobot's defaults up to 0.5: horizon 16, shared encoder, GroupNorm"),
    /// LeRobot's defaults of 0.6.
    DEFAULT_H64("default-h64", "LeRobot's defaults of 0.6: horizon 64, one encoder per camera, BatchNorm"),
    TINY("tiny", "no camera, 6 joints, a network of some thousand weights"),
    /// A whole ResNet18 before a UNet that is next to nothing: to measure encoders. The size is what the encoder sees.
    ENCODER_84("encoder-84x84", "ResNet18 with GroupNorm for pictures of 84x84"),
    ENCODER_84_BN("encoder-84x84-bn", "the same with BatchNorm"),
    ENCODER_224("encoder-224x224", "ResNet18 with GroupNorm for pictures of 224x224"),
    ENCODER_224_BN("encoder-224x224-bn", "the same with BatchNorm"),
    ENCODER_432("encoder-432x576", "ResNet18 with GroupNorm for pictures of 432x576"),
    ENCODER_432_BN("encoder-432x576-bn", "the same with BatchNorm"),
    ENCODER_480("encoder-480x640", "ResNet18 with GroupNorm for pictures of 480x640"),
    ENCODER_480_BN("encoder-480x640-bn", "the same with BatchNorm");

    private final String key;
    private final String description;

    SyntheticPreset(String key, String description) {
        this.key = key;
        this.description = description;
    }

    /// The name on the command line.
    public String key() {
        return key;
    }

    public String description() {
        return description;
    }

    /// Null when there is no such preset.
    public static SyntheticPreset of(String key) {
        for (SyntheticPreset preset : values()) {
            if (preset.key.equals(key)) {
                return preset;
            }
        }
        return null;
    }

    /// The preset as LeRobot's config.json.
    ObjectNode config() {
        ObjectNode config = base();
        switch (this) {
            case DEMO, DEMO_STACK -> demo(config, 6, List.of("front", "wrist"));
            case DEMO_SORT -> demo(config, 12, List.of("front", "right_wrist", "left_wrist"));
            case DEFAULT_H16 -> {
                features(config, 6, List.of("front", "wrist"));
                horizon(config, 2, 16, 8);
                encoder(config, true, false);
                sizes(config, "crop_shape", 84, 84);
            }
            case DEFAULT_H64 -> {
                features(config, 6, List.of("front", "wrist"));
                horizon(config, 2, 64, 32);
                encoder(config, false, true);
            }
            case TINY -> {
                features(config, 6, List.of());
                horizon(config, 1, 16, 16);
                tinyUnet(config);
                ddim(config);
            }
            case ENCODER_84 -> encoderAlone(config, 84, 84, true);
            case ENCODER_84_BN -> encoderAlone(config, 84, 84, false);
            case ENCODER_224 -> encoderAlone(config, 224, 224, true);
            case ENCODER_224_BN -> encoderAlone(config, 224, 224, false);
            case ENCODER_432 -> encoderAlone(config, 432, 576, true);
            case ENCODER_432_BN -> encoderAlone(config, 432, 576, false);
            case ENCODER_480 -> encoderAlone(config, 480, 640, true);
            case ENCODER_480_BN -> encoderAlone(config, 480, 640, false);
        }
        return config;
    }

    /// Fields that all presets share.
    private static ObjectNode base() {
        ObjectNode config = new ObjectMapper().createObjectNode();
        config.put("type", "diffusion");
        ObjectNode mapping = config.putObject("normalization_mapping");
        mapping.put("VISUAL", "MEAN_STD").put("STATE", "MIN_MAX").put("ACTION", "MIN_MAX");
        config.put("vision_backbone", "resnet18");
        config.putNull("resize_shape");
        config.put("crop_ratio", 1.0);
        config.putNull("crop_shape");
        config.put("crop_is_random", true);
        config.putNull("pretrained_backbone_weights");
        encoder(config, true, false);
        config.put("spatial_softmax_num_keypoints", 32);
        sizes(config, "down_dims", 512, 1024, 2048);
        config.put("kernel_size", 5);
        config.put("n_groups", 8);
        config.put("diffusion_step_embed_dim", 128);
        config.put("use_film_scale_modulation", true);
        config.put("noise_scheduler_type", "DDPM");
        config.put("num_train_timesteps", 100);
        config.put("beta_schedule", "squaredcos_cap_v2");
        config.put("beta_start", 0.0001);
        config.put("beta_end", 0.02);
        config.put("prediction_type", "epsilon");
        config.put("clip_sample", true);
        config.put("clip_sample_range", 1.0);
        config.putNull("num_inference_steps");
        return config;
    }

    /// One observation and a full horizon of actions per request. The network predicts the sample itself: without
    /// training that gives calm motions, where predicted noise would swing between the limits.
    private static void demo(ObjectNode config, int joints, List<String> cameras) {
        features(config, joints, cameras);
        horizon(config, 1, 16, 16);
        sizes(config, "resize_shape", 84, 112);
        sizes(config, "down_dims", 64, 128, 256);
        config.put("diffusion_step_embed_dim", 64);
        config.put("prediction_type", "sample");
        ddim(config);
    }

    /// Two cameras at two observation steps: four pictures a prediction.
    private static void encoderAlone(ObjectNode config, int height, int width, boolean groupNorm) {
        features(config, 6, List.of("front", "wrist"));
        horizon(config, 2, 16, 8);
        encoder(config, groupNorm, false);
        sizes(config, "crop_shape", height, width);
        tinyUnet(config);
        ddim(config);
    }

    private static void tinyUnet(ObjectNode config) {
        sizes(config, "down_dims", 16, 32);
        config.put("n_groups", 4);
        config.put("kernel_size", 3);
        config.put("diffusion_step_embed_dim", 16);
    }

    private static void ddim(ObjectNode config) {
        config.put("noise_scheduler_type", "DDIM");
        config.put("num_inference_steps", 10);
    }

    private static void encoder(ObjectNode config, boolean groupNorm, boolean separate) {
        config.put("use_group_norm", groupNorm);
        config.put("use_separate_rgb_encoder_per_camera", separate);
    }

    private static void horizon(ObjectNode config, int observations, int horizon, int actions) {
        config.put("n_obs_steps", observations);
        config.put("horizon", horizon);
        config.put("n_action_steps", actions);
    }

    private static void features(ObjectNode config, int joints, List<String> cameras) {
        ObjectNode inputs = config.putObject("input_features");
        feature(inputs, "observation.state", "STATE", joints);
        for (String camera : cameras) {
            feature(inputs, "observation.images." + camera, "VISUAL", 3, 480, 640);
        }
        feature(config.putObject("output_features"), "action", "ACTION", joints);
    }

    private static void feature(ObjectNode features, String name, String type, int... shape) {
        ObjectNode feature = features.putObject(name);
        feature.put("type", type);
        sizes(feature, "shape", shape);
    }

    private static void sizes(ObjectNode object, String key, int... sizes) {
        var array = object.putArray(key);
        for (int n : sizes) {
            array.add(n);
        }
    }

    /// Names of all presets.
    public static List<String> keys() {
        List<String> keys = new ArrayList<>();
        for (SyntheticPreset preset : values()) {
            keys.add(preset.key);
        }
        return keys;
    }
}
