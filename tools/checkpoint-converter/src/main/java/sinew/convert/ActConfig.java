package sinew.convert;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sinew.engine.policy.ActSpec;
import sinew.engine.policy.ActTransformerSpec;
import sinew.engine.policy.ActTransformerSpec.FeedForwardActivation;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.NormalizationMode;

/// A LeRobot config.json of type `act`. A field that is missing has LeRobot's default.
record ActConfig(
        List<Feature> inputs,
        Feature action,
        int chunkSize,
        int nActionSteps,
        Map<String, NormalizationMode> modes,
        String backbone,
        ActTransformerSpec transformer,
        Double ensembleCoefficient) implements PolicyConfig {

    private static final int MOST = 1 << 16;
    private static final int MOST_LAYERS = 1024;
    private static final Map<FeatureType, NormalizationMode> MAPPING = Map.of(
            FeatureType.VISUAL, NormalizationMode.MEAN_STD,
            FeatureType.STATE, NormalizationMode.MEAN_STD,
            FeatureType.ACTION, NormalizationMode.MEAN_STD);

    static ActConfig read(JsonFields json, Problems problems) {
        FeatureFields features = new FeatureFields(json, problems, MAPPING);
        int obsSteps = json.integer("n_obs_steps", 1, 1, MOST);
        if (obsSteps != 1) {
            json.problem("n_obs_steps", "is " + obsSteps + ", LeRobot's act policy looks at 1 observation");
        }
        int chunk = json.integer("chunk_size", 100, 1, MOST);
        int actionSteps = json.integer("n_action_steps", Math.min(100, chunk), 1, MOST);
        if (actionSteps > chunk) {
            json.problem("n_action_steps", "is " + actionSteps + ", a chunk has chunk_size = " + chunk + " rows");
        }
        Double coefficient =
                json.isNull("temporal_ensemble_coeff") ? null : (Double) json.number("temporal_ensemble_coeff", 0.01);
        if (coefficient != null && actionSteps != 1) {
            json.problem("n_action_steps", "is " + actionSteps
                    + ", with temporal_ensemble_coeff every step is predicted and it must be 1");
        }
        boolean cameras = features.inputs().stream().anyMatch(f -> f.type() == FeatureType.VISUAL);
        return new ActConfig(features.inputs(), features.action(), chunk, actionSteps, features.modes(),
                cameras ? backbone(json) : null, transformer(json), coefficient);
    }

    private static String backbone(JsonFields json) {
        String backbone = json.text("vision_backbone", "resnet18");
        if (!LeRobotConfig.BACKBONES.contains(backbone)) {
            json.problem("vision_backbone", "is \"" + backbone + "\", sinew knows "
                    + String.join(", ", LeRobotConfig.BACKBONES));
            backbone = "resnet18";
        }
        if (json.node().path("replace_final_stride_with_dilation").asBoolean()) {
            json.problem("replace_final_stride_with_dilation", "is true, sinew has no dilated convolutions");
        }
        return backbone;
    }

    private static ActTransformerSpec transformer(JsonFields json) {
        int width = json.integer("dim_model", 512, 4, MOST);
        int heads = json.integer("n_heads", 8, 1, MOST);
        if (width % heads != 0 || width % 4 != 0) {
            json.problem("dim_model", "is " + width + ", want a multiple of 4 that divides into n_heads = " + heads);
        }
        return new ActTransformerSpec(
                width,
                heads,
                json.integer("dim_feedforward", 3200, 1, MOST),
                json.word("feedforward_activation", FeedForwardActivation.RELU, FeedForwardActivation.class),
                json.integer("n_encoder_layers", 4, 1, MOST_LAYERS),
                json.integer("n_decoder_layers", 1, 1, MOST_LAYERS),
                json.bool("pre_norm", false));
    }

    @Override
    public ActSpec spec(Normalization normalization, Problems problems) {
        return new ActSpec(inputs, action, chunkSize, nActionSteps, new LinkedHashMap<>(normalization.modes()),
                backbone, transformer, ensembleCoefficient);
    }

    @Override
    public String prefix() {
        return "model.";
    }

    /// The encoder of the variational part, and what would be multiplied by a latent of zeros.
    @Override
    public boolean isUnused(String source) {
        return source.startsWith("model.vae_encoder") || source.equals("model.encoder_latent_input_proj.weight");
    }
}
