package sinew.convert;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.engine.policy.ClipTextSpec;
import sinew.engine.policy.ClipVisionSpec;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.DitSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.NormalizationMode;
import sinew.engine.policy.SchedulerSpec;
import sinew.engine.policy.VisionSpec;
import sinew.engine.text.ClipTokenizer;

/// A LeRobot config.json of type `multi_task_dit`. It names its CLIP towers only, so their geometry comes from the shapes
/// of the tensors. A checkpoint without towers is one of the network alone: its policy takes the finished conditioning
/// vector in place of observations.
///
/// @param inputs    as the config names them, and the instruction
/// @param vision    null without cameras or towers
/// @param text      null without towers
/// @param condDim   length of the finished conditioning vector where it is the input, else 0
/// @param prefixes  what stands before the names of a tower's tensors in model.safetensors, by its name in ours
/// @param tokenizer null when the checkpoint has no tokenizer's files
record MultiTaskDitConfig(
        List<Feature> inputs,
        Feature action,
        int nObsSteps,
        int horizon,
        int nActionSteps,
        Map<String, NormalizationMode> modes,
        VisionSpec vision,
        ClipTextSpec text,
        DitSpec dit,
        SchedulerSpec scheduler,
        int condDim,
        Map<String, String> prefixes,
        ClipTokenizer tokenizer) implements PolicyConfig {

    /// The feature of the instruction's token ids, in LeRobot's words.
    static final String LANGUAGE = "observation.language.tokens";
    private static final String CONDITIONING = "conditioning_vec";
    private static final int MOST = 1 << 16;
    private static final int MOST_LAYERS = 1024;
    private static final int HEAD_SIZE = 64;
    private static final String NETWORK = "noise_predictor.";
    private static final String TOWERS = "observation_encoder.";
    private static final Pattern LAYER = Pattern.compile("encoder\\.layers\\.(\\d+)\\.layer_norm1\\.weight");
    private static final Map<FeatureType, NormalizationMode> MAPPING = Map.of(
            FeatureType.VISUAL, NormalizationMode.MEAN_STD,
            FeatureType.STATE, NormalizationMode.MIN_MAX,
            FeatureType.ACTION, NormalizationMode.MIN_MAX);

    /// @param weights null when model.safetensors could not be read
    static MultiTaskDitConfig read(JsonFields json, Path folder, SafetensorsFile weights, Problems problems)
            throws IOException {
        return new Reader(json, folder, weights, problems).config();
    }

    private static final class Reader {
        private final JsonFields json;
        private final Path folder;
        private final SafetensorsFile weights;
        private final Problems problems;

        Reader(JsonFields json, Path folder, SafetensorsFile weights, Problems problems) {
            this.json = json;
            this.folder = folder;
            this.weights = weights;
            this.problems = problems;
        }

        MultiTaskDitConfig config() throws IOException {
            FeatureFields features = new FeatureFields(json, problems, MAPPING);
            int horizon = json.integer("horizon", 32, 1, MOST);
            int obsSteps = json.integer("n_obs_steps", 2, 1, 256);
            int actionSteps = json.integer("n_action_steps", 24, 1, MOST);
            if (obsSteps - 1 + actionSteps > horizon) {
                json.problem("n_action_steps", "is " + actionSteps + ", at most horizon - n_obs_steps + 1 = "
                        + (horizon - obsSteps + 1) + " rows can be executed");
            }
            DitSpec dit = dit();
            if (weights != null && weights.tensors().stream().noneMatch(t -> t.name().startsWith(TOWERS))) {
                return alone(features, horizon, obsSteps, actionSteps, dit);
            }
            List<Feature> inputs = new ArrayList<>(features.inputs());
            if (inputs.removeIf(f -> f.type() == FeatureType.ENV)) {
                problems.note("config.json: observation.environment_state is ignored, as LeRobot's multi_task_dit"
                        + " policy ignores it");
            }
            int length = json.integer("tokenizer_max_length", 77, 2, MOST);
            if (json.text("tokenizer_padding_side", "right").equals("left")) {
                json.problem("tokenizer_padding_side", "is left, sinew knows padding behind the text");
            }
            Map<String, String> prefixes = new HashMap<>();
            ClipTextSpec text = text(length, prefixes);
            inputs.add(new Feature(LANGUAGE, FeatureType.LANGUAGE, List.of(length)));
            boolean cameras = inputs.stream().anyMatch(f -> f.type() == FeatureType.VISUAL);
            VisionSpec vision = cameras ? vision(inputs, prefixes) : null;
            problems.throwIfAny();
            return new MultiTaskDitConfig(inputs, features.action(), obsSteps, horizon, actionSteps, features.modes(),
                    vision, text, dit, scheduler(), 0, prefixes, TokenizerFiles.read(folder, problems));
        }

        /// The network without towers.
        private MultiTaskDitConfig alone(
                FeatureFields features, int horizon, int obsSteps, int actionSteps, DitSpec dit) {
            SafetensorsTensor first = weights.find(NETWORK + "transformer_blocks.0.adaLN_modulation.1.weight");
            int size = first == null || first.shape().size() != 2 ? 0 : first.shape().get(1) - dit.stepEmbedDim();
            if (size < 1) {
                problems.add("model.safetensors has no " + NETWORK + "transformer_blocks.0.adaLN_modulation.1.weight"
                        + " of which the length of the conditioning vector can be told");
                problems.throwIfAny();
            }
            problems.note("model.safetensors holds the noise predictor alone, no CLIP towers: the policy takes the "
                    + "finished " + CONDITIONING + " [" + size + "] in place of observations, and its actions are "
                    + "normalised ones where the statistics are missing, too");
            Feature vector = new Feature(CONDITIONING, FeatureType.STATE, List.of(size));
            return new MultiTaskDitConfig(List.of(vector), features.action(), obsSteps, horizon, actionSteps,
                    Map.of(features.action().name(), NormalizationMode.IDENTITY), null, null, dit, scheduler(), size,
                    Map.of(), null);
        }

        private DitSpec dit() {
            int width = json.integer("hidden_dim", 512, 2, MOST);
            int heads = json.integer("num_heads", 8, 1, MOST);
            boolean rope = json.bool("use_rope", true);
            if (width % heads != 0 || rope && width / heads % 2 != 0) {
                json.problem("hidden_dim", "is " + width + ", want a number that divides into num_heads = " + heads
                        + (rope ? " heads of even size" : " heads"));
            }
            int step = json.integer("timestep_embed_dim", 256, 4, MOST);
            if (step % 2 != 0) {
                json.problem("timestep_embed_dim", "is " + step + ", want an even number");
            }
            return new DitSpec(json.integer("num_layers", 6, 1, MOST_LAYERS), heads, width, step,
                    rope ? (Double) json.number("rope_base", 10_000) : null,
                    json.bool("use_positional_encoding", false));
        }

        private SchedulerSpec scheduler() {
            String objective = json.text("objective", "diffusion");
            if (objective.equals("flow_matching")) {
                int steps = json.integer("num_integration_steps", 100, 1, SchedulerSpec.MOST_FLOW_STEPS);
                String method = json.text("integration_method", "euler");
                if (!method.equals("euler") && !method.equals("rk4")) {
                    json.problem("integration_method", "is \"" + method + "\", sinew knows euler, rk4");
                }
                return SchedulerSpec.flow(
                        method.equals("rk4") ? SchedulerSpec.Kind.RK4 : SchedulerSpec.Kind.EULER, steps);
            }
            if (!objective.equals("diffusion")) {
                json.problem("objective", "is \"" + objective + "\", sinew knows diffusion, flow_matching");
            }
            return LeRobotConfig.scheduler(json);
        }

        private ClipTextSpec text(int length, Map<String, String> prefixes) {
            String tower = tower(TOWERS + "text_encoder.text_encoder.", "text_model.");
            prefixes.put("text_encoder.", tower);
            SafetensorsTensor words = shaped(tower + "embeddings.token_embedding.weight", 2);
            SafetensorsTensor places = shaped(tower + "embeddings.position_embedding.weight", 2);
            if (words == null || places == null) {
                return null;
            }
            int width = words.shape().get(1);
            if (length > places.shape().getFirst()) {
                json.problem("tokenizer_max_length", "is " + length + ", the text tower has positions for "
                        + places.shape().getFirst() + " tokens");
            }
            return new ClipTextSpec(width, layers(tower), heads(tower, width), words.shape().getFirst(),
                    places.shape().getFirst(), length);
        }

        private VisionSpec vision(List<Feature> inputs, Map<String, String> prefixes) {
            boolean separate = json.bool("use_separate_rgb_encoder_per_camera", false)
                    || json.bool("use_separate_encoder_per_camera", false);
            long cameras = inputs.stream().filter(f -> f.type() == FeatureType.VISUAL).count();
            String first = null;
            for (int i = 0; i < (separate ? cameras : 1); i++) {
                String home = TOWERS + (separate ? "vision_encoders." + i : "vision_encoder") + ".model.";
                String tower = tower(home, "vision_model.");
                prefixes.put(separate ? "rgb_encoder." + i + "." : "rgb_encoder.", tower);
                first = first == null ? tower : first;
            }
            SafetensorsTensor patches = shaped(first + "embeddings.patch_embedding.weight", 4);
            SafetensorsTensor places = shaped(first + "embeddings.position_embedding.weight", 2);
            if (patches == null || places == null) {
                return null;
            }
            int width = patches.shape().getFirst();
            int patch = patches.shape().get(2);
            int side = (int) Math.round(Math.sqrt(places.shape().getFirst() - 1));
            ClipVisionSpec clip =
                    new ClipVisionSpec(width, layers(first), heads(first, width), patch, side * patch);
            VisionSpec.Size resize = size("image_resize_shape", null);
            VisionSpec.Size crop = json.has("image_crop_shape")
                    ? size("image_crop_shape", null)
                    : new VisionSpec.Size(224, 224);
            return new VisionSpec(clip, resize, crop, separate);
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

        /// Versions of transformers differ in whether a tower's tensors have its name before them.
        private String tower(String home, String name) {
            boolean named = weights == null
                    || weights.tensors().stream().anyMatch(t -> t.name().startsWith(home + name));
            return named ? home + name : home;
        }

        private SafetensorsTensor shaped(String name, int dimensions) {
            SafetensorsTensor tensor = weights == null ? null : weights.find(name);
            if (tensor == null || tensor.shape().size() != dimensions) {
                problems.add("missing tensor " + name + ", of which the tower's size can be told");
                return null;
            }
            return tensor;
        }

        private int layers(String tower) {
            int layers = 0;
            for (SafetensorsTensor tensor : weights.tensors()) {
                if (tensor.name().startsWith(tower)) {
                    Matcher layer = LAYER.matcher(tensor.name().substring(tower.length()));
                    layers = layer.matches() ? Math.max(layers, 1 + Integer.parseInt(layer.group(1))) : layers;
                }
            }
            return Math.max(layers, 1);
        }

        /// Every CLIP model that was published has heads of 64 channels.
        private int heads(String tower, int width) {
            if (width % HEAD_SIZE != 0) {
                problems.add("the tower " + tower + " is " + width + " wide, want a multiple of " + HEAD_SIZE
                        + ", the size of CLIP's heads");
                return 1;
            }
            return width / HEAD_SIZE;
        }
    }

    @Override
    public DiffusionSpec spec(Normalization normalization, Problems problems) {
        boolean alone = condDim > 0;
        return new DiffusionSpec(DiffusionSpec.Origin.MULTI_TASK_DIT, inputs, action, alone ? 1 : nObsSteps, horizon,
                nActionSteps, nObsSteps - 1, DiffusionSpec.Observations.CONDITION, normalization.modes(), vision, dit,
                scheduler, text);
    }

    @Override
    public String prefix() {
        return "";
    }

    @Override
    public String source(String name) {
        if (name.startsWith("dit.")) {
            return NETWORK + name.substring("dit.".length());
        }
        if (name.startsWith("text_encoder.projection.")) {
            return TOWERS + name;
        }
        for (Map.Entry<String, String> tower : prefixes.entrySet()) {
            if (name.startsWith(tower.getKey())) {
                return tower.getValue() + inTower(name.substring(tower.getKey().length()));
            }
        }
        return name;
    }

    private static String inTower(String name) {
        if (name.startsWith("layers.")) {
            return "encoder." + name;
        }
        return switch (name) {
            case "token_embedding", "position_embedding" -> "embeddings." + name + ".weight";
            case "class_embedding", "patch_embedding.weight" -> "embeddings." + name;
            default -> name;
        };
    }

    /// The norm that LeRobot leaves out, and tables of numbers that are no weights.
    @Override
    public boolean isUnused(String source) {
        return source.contains(".post_layernorm.") || source.endsWith(".position_ids");
    }
}
