package sinew.convert;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.NormalizationMode;
import sinew.engine.policy.SchedulerSpec;
import sinew.engine.policy.UnetSpec;
import sinew.engine.policy.VisionSpec;

/// A LeRobot config.json of type `diffusion`, of any version. A field that is missing has the default of the
/// versions that lack it: resize_shape and crop_ratio came together with new defaults, so their absence tells.
///
/// @param modes normalisation by feature name, as the config asks for it; processor files may know better
record LeRobotConfig(
        List<Feature> inputs,
        Feature action,
        int nObsSteps,
        int horizon,
        int nActionSteps,
        Map<String, NormalizationMode> modes,
        VisionSpec vision,
        UnetSpec unet,
        SchedulerSpec scheduler) implements PolicyConfig {

    static final String FILE = "config.json";
    private static final int MOST = 1 << 16;
    static final List<String> BACKBONES = List.of("resnet18", "resnet34", "resnet50", "resnet101", "resnet152");
    private static final Map<FeatureType, NormalizationMode> MAPPING = Map.of(
            FeatureType.VISUAL, NormalizationMode.MEAN_STD,
            FeatureType.STATE, NormalizationMode.MIN_MAX,
            FeatureType.ACTION, NormalizationMode.MIN_MAX);

    /// @throws CheckpointException when the file is no config of a diffusion policy, or names no usable features
    static LeRobotConfig read(Path path, Problems problems) throws IOException {
        JsonFields json = JsonFields.read(path, problems);
        String type = PolicyConfigs.type(json);
        if (!"diffusion".equals(type)) {
            throw PolicyConfigs.unknown(path, type, List.of("diffusion"));
        }
        return read(json, problems);
    }

    static LeRobotConfig read(JsonFields json, Problems problems) {
        return new Reader(json, problems).config();
    }

    @Override
    public String prefix() {
        return "diffusion.";
    }

    /// The engine behind stats.json resizes to the config's image shape by plain bilinear sampling.
    @Override
    public DiffusionSpec spec(Normalization normalization, Problems problems) {
        VisionSpec seen = vision;
        if (vision != null && normalization.home().equals(StatsJsonNormalization.FILE)) {
            if (vision.resize() != null) {
                problems.add("config.json has resize_shape and the statistics come from stats.json: "
                        + "sinew does not know in which order that engine resizes");
            } else {
                List<Integer> image = spec(Map.of(), vision).cameras().getFirst().shape();
                seen = new VisionSpec(vision.backbone(), vision.groupNorm(),
                        new VisionSpec.Size(image.get(1), image.get(2)), VisionSpec.ResizeMode.BILINEAR,
                        vision.crop(), vision.numKeypoints(), vision.separateEncoders());
            }
        }
        return spec(normalization.modes(), seen);
    }

    /// The spec with the normalisation that was found and, for the stats.json layout, its resize.
    DiffusionSpec spec(Map<String, NormalizationMode> found, VisionSpec vision) {
        return new DiffusionSpec(inputs, action, nObsSteps, horizon, nActionSteps, found, vision, unet, scheduler);
    }

    private static final class Reader {
        private final JsonFields json;
        private final Problems problems;
        /// Written by a version that knows resize_shape.
        private final boolean recent;

        Reader(JsonFields json, Problems problems) {
            this.json = json;
            this.problems = problems;
            this.recent = json.has("resize_shape") || json.has("crop_ratio");
        }

        LeRobotConfig config() {
            FeatureFields fields = new FeatureFields(json, problems, MAPPING);
            List<Feature> inputs = fields.inputs();
            Feature action = fields.action();
            UnetSpec unet = unet();
            int horizon = json.integer("horizon", recent ? 64 : 16, 1, MOST);
            int factor = 1 << unet.downDims().size();
            if (horizon % factor != 0) {
                json.problem("horizon", "is " + horizon + ", which must divide by " + factor + " = 2^"
                        + unet.downDims().size() + ", once for each entry of down_dims " + unet.downDims());
            }
            int obsSteps = json.integer("n_obs_steps", 2, 1, 256);
            int actionSteps = json.integer("n_action_steps", recent ? 32 : 8, 1, MOST);
            if (obsSteps - 1 + actionSteps > horizon) {
                json.problem("n_action_steps", "is " + actionSteps + ", at most horizon - n_obs_steps + 1 = "
                        + (horizon - obsSteps + 1) + " rows can be executed");
            }
            return new LeRobotConfig(inputs, action, obsSteps, horizon, actionSteps, fields.modes(), vision(inputs), unet,
                    scheduler());
        }

        private UnetSpec unet() {
            List<Integer> downDims = json.sizes("down_dims", List.of(512, 1024, 2048), MOST);
            if (downDims.isEmpty() || downDims.size() > 12) {
                json.problem("down_dims", "is " + downDims + ", want 1 to 12 channel counts");
                downDims = List.of(512, 1024, 2048);
            }
            int groups = json.integer("n_groups", 8, 1, MOST);
            for (int dim : downDims) {
                if (dim % groups != 0) {
                    json.problem("down_dims", "has " + dim + ", which does not divide into n_groups = " + groups);
                }
            }
            if (downDims.getFirst() % 8 != 0) {
                json.problem("down_dims", "begins with " + downDims.getFirst()
                        + ", which the 8 groups of the last block do not divide");
            }
            int kernel = json.integer("kernel_size", 5, 1, 255);
            if (kernel % 2 == 0) {
                json.problem("kernel_size", "is " + kernel + ", want an odd number");
            }
            int stepDim = json.integer("diffusion_step_embed_dim", 128, 4, MOST);
            if (stepDim % 2 != 0) {
                json.problem("diffusion_step_embed_dim", "is " + stepDim + ", want an even number");
            }
            return new UnetSpec(downDims, kernel, groups, stepDim, json.bool("use_film_scale_modulation", true));
        }

        private VisionSpec vision(List<Feature> inputs) {
            List<Feature> cameras = inputs.stream().filter(f -> f.type() == FeatureType.VISUAL).toList();
            if (cameras.isEmpty()) {
                return null;
            }
            for (Feature camera : cameras) {
                if (!camera.shape().equals(cameras.getFirst().shape())) {
                    problems.add("config.json: cameras must have one shape, " + camera.name() + " has " + camera.shape()
                            + " and " + cameras.getFirst().name() + " has " + cameras.getFirst().shape());
                }
            }
            String backbone = json.text("vision_backbone", "resnet18");
            if (!BACKBONES.contains(backbone)) {
                json.problem("vision_backbone", "is \"" + backbone + "\", sinew knows " + String.join(", ", BACKBONES));
                backbone = "resnet18";
            }
            VisionSpec.Size resize = size("resize_shape", null);
            return new VisionSpec(backbone, json.bool("use_group_norm", !recent), resize,
                    VisionSpec.ResizeMode.BILINEAR_ANTIALIAS, crop(resize),
                    json.integer("spatial_softmax_num_keypoints", 32, 1, 4096),
                    json.bool("use_separate_rgb_encoder_per_camera", recent));
        }

        /// With a resize the crop comes from crop_ratio alone; crop_shape then only repeats it, or is stale.
        private VisionSpec.Size crop(VisionSpec.Size resize) {
            double ratio = json.number("crop_ratio", 1.0);
            if (ratio <= 0 || ratio > 1) {
                json.problem("crop_ratio", "is " + ratio + ", want a number in (0, 1]");
                return null;
            }
            if (resize == null) {
                return json.has("crop_shape") ? size("crop_shape", null)
                        : recent ? null : new VisionSpec.Size(84, 84);
            }
            if (ratio == 1) {
                return null;
            }
            int height = (int) (resize.height() * ratio);
            int width = (int) (resize.width() * ratio);
            if (height < 1 || width < 1) {
                json.problem("crop_ratio", "of " + ratio + " leaves nothing of " + resize.height() + "x"
                        + resize.width());
                return null;
            }
            return new VisionSpec.Size(height, width);
        }

        private VisionSpec.Size size(String key, VisionSpec.Size otherwise) {
            List<Integer> size = json.sizes(key, List.of(), MOST);
            if (size.isEmpty()) {
                return otherwise;
            }
            if (size.size() != 2) {
                json.problem(key, "is " + size + ", want [height, width]");
                return otherwise;
            }
            return new VisionSpec.Size(size.get(0), size.get(1));
        }

        private SchedulerSpec scheduler() {
            return LeRobotConfig.scheduler(json);
        }
    }

    /// Those of diffusers that LeRobot has.
    private enum Sampler {
        DDPM,
        DDIM
    }

    /// The fields of diffusers' schedulers, which LeRobot's policies share.
    static SchedulerSpec scheduler(JsonFields json) {
        SchedulerSpec.Kind kind = SchedulerSpec.Kind.valueOf(
                json.word("noise_scheduler_type", Sampler.DDPM, Sampler.class).name());
        SchedulerSpec.BetaSchedule betas = json.word("beta_schedule", SchedulerSpec.BetaSchedule.SQUAREDCOS_CAP_V2,
                SchedulerSpec.BetaSchedule.class);
        if (kind == SchedulerSpec.Kind.DDIM && betas == SchedulerSpec.BetaSchedule.SIGMOID) {
            json.problem("beta_schedule", "is sigmoid, which DDIM does not have: "
                    + "linear, scaled_linear or squaredcos_cap_v2");
        }
        int train = json.integer("num_train_timesteps", 100, 1, MOST);
        return new SchedulerSpec(kind, train, betas,
                json.number("beta_start", 0.0001), json.number("beta_end", 0.02),
                json.word("prediction_type", SchedulerSpec.PredictionType.EPSILON,
                        SchedulerSpec.PredictionType.class),
                json.bool("clip_sample", true), positive(json, "clip_sample_range", 1.0),
                json.integer("num_inference_steps", train, 1, train));
    }

    private static double positive(JsonFields json, String key, double otherwise) {
        double value = json.number(key, otherwise);
        if (value <= 0) {
            json.problem(key, String.format(Locale.ROOT, "is %s, want a positive number", value));
        }
        return value;
    }
}
