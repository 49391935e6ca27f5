package sinew.convert.diffusionpolicy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sinew.engine.policy.DenoiserSpec;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.DiffusionSpec.Observations;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.NormalizationMode;
import sinew.engine.policy.UnetSpec;
import sinew.engine.policy.VisionSpec;

/// Reads `cfg.policy`. Defaults are those of the Python classes; a setting that is not known is refused by its name.
final class PolicyConfig {
    private static final String LOWDIM_UNET =
            "diffusion_policy.policy.diffusion_unet_lowdim_policy.DiffusionUnetLowdimPolicy";
    private static final String LOWDIM_TRANSFORMER =
            "diffusion_policy.policy.diffusion_transformer_lowdim_policy.DiffusionTransformerLowdimPolicy";
    private static final String IMAGE_UNET =
            "diffusion_policy.policy.diffusion_unet_image_policy.DiffusionUnetImagePolicy";
    private static final String UNET = "diffusion_policy.model.diffusion.conditional_unet1d.ConditionalUnet1D";
    private static final int FINAL_GROUPS = 8;

    private final ConfigNode policy;
    private final int nObsSteps;
    private final int nActionSteps;
    private final boolean onlyActionSteps;
    private final int horizon; // rows of a sample

    private PolicyConfig(ConfigNode policy) {
        this.policy = policy;
        nObsSteps = policy.size("n_obs_steps");
        nActionSteps = policy.size("n_action_steps");
        onlyActionSteps = policy.flag("pred_action_steps_only", false);
        horizon = onlyActionSteps ? nActionSteps : policy.size("horizon");
    }

    static DiffusionSpec read(ConfigNode policy) {
        return switch (policy.text("_target_")) {
            case LOWDIM_UNET -> new PolicyConfig(policy).lowdimUnet();
            case LOWDIM_TRANSFORMER -> new PolicyConfig(policy).lowdimTransformer();
            case IMAGE_UNET -> new PolicyConfig(policy).imageUnet();
            default -> policy.refuse("_target_", "one of the policies that are supported, " + String.join(", ",
                    LOWDIM_UNET, LOWDIM_TRANSFORMER, IMAGE_UNET));
        };
    }

    private DiffusionSpec lowdimUnet() {
        policy.known("_target_", "model", "noise_scheduler", "horizon", "obs_dim", "action_dim", "n_action_steps",
                "n_obs_steps", "num_inference_steps", "obs_as_local_cond", "obs_as_global_cond",
                "pred_action_steps_only", "oa_step_convention");
        policy.only("obs_as_local_cond", false);
        boolean global = policy.flag("obs_as_global_cond", false);
        ConfigNode model = policy.child("model");
        model.known("_target_", "input_dim", "local_cond_dim", "global_cond_dim", "diffusion_step_embed_dim",
                "down_dims", "kernel_size", "n_groups", "cond_predict_scale");
        model.only("_target_", UNET);
        if (!model.isNull("local_cond_dim")) {
            model.refuse("local_cond_dim", "null: local conditioning is not supported");
        }
        int start = policy.flag("oa_step_convention", false) ? nObsSteps - 1 : nObsSteps;
        DiffusionSpec spec = spec(lowdimInputs(), lowdimAction(), start, observations("obs_as_global_cond", global),
                null, unet(model, 3, false));
        model.only("input_dim", (long) spec.sampleDim());
        model.only("global_cond_dim", (long) nObsSteps * spec.conditionDim());
        return spec;
    }

    private DiffusionSpec lowdimTransformer() {
        policy.known("_target_", "model", "noise_scheduler", "horizon", "obs_dim", "action_dim", "n_action_steps",
                "n_obs_steps", "num_inference_steps", "obs_as_cond", "pred_action_steps_only");
        boolean tokens = policy.flag("obs_as_cond", false);
        TransformerConfig network = TransformerConfig.read(policy.child("model"));
        DiffusionSpec spec = spec(lowdimInputs(), lowdimAction(), nObsSteps - 1, observations("obs_as_cond", tokens),
                null, network.spec());
        network.check(spec);
        return spec;
    }

    private DiffusionSpec imageUnet() {
        policy.known("_target_", "shape_meta", "noise_scheduler", "obs_encoder", "horizon", "n_action_steps",
                "n_obs_steps", "num_inference_steps", "obs_as_global_cond", "diffusion_step_embed_dim", "down_dims",
                "kernel_size", "n_groups", "cond_predict_scale");
        ShapeMeta shapes = ShapeMeta.read(policy.child("shape_meta"));
        VisionSpec vision = ObsEncoderConfig.read(policy.child("obs_encoder"), policy.child("shape_meta"), shapes);
        return spec(shapes.inputs(), shapes.action(), nObsSteps - 1,
                observations("obs_as_global_cond", policy.flag("obs_as_global_cond", true)), vision,
                unet(policy, 5, true));
    }

    private List<Feature> lowdimInputs() {
        return List.of(new Feature("obs", FeatureType.STATE, List.of(policy.size("obs_dim"))));
    }

    private Feature lowdimAction() {
        return new Feature("action", FeatureType.ACTION, List.of(policy.size("action_dim")));
    }

    private Observations observations(String key, boolean condition) {
        if (onlyActionSteps && !condition) {
            policy.refuse(key, "true with pred_action_steps_only");
        }
        return condition ? Observations.CONDITION : Observations.INPAINTING;
    }

    private UnetSpec unet(ConfigNode node, int kernel, boolean filmScale) {
        UnetSpec unet = new UnetSpec(node.sizes("down_dims", List.of(256, 512, 1024)), node.size("kernel_size", kernel),
                node.size("n_groups", 8), node.size("diffusion_step_embed_dim", 256),
                node.flag("cond_predict_scale", filmScale));
        for (int dim : unet.downDims()) {
            if (dim % unet.nGroups() != 0) {
                node.refuse("down_dims", "numbers that divide into n_groups, " + unet.nGroups() + "; " + dim
                        + " does not");
            }
        }
        if (unet.downDims().getFirst() % FINAL_GROUPS != 0) {
            node.refuse("down_dims", "a list that begins with a number that divides by " + FINAL_GROUPS
                    + ", the groups of the last block");
        }
        if (unet.kernelSize() % 2 == 0) {
            node.refuse("kernel_size", "odd");
        }
        if (unet.stepEmbedDim() % 2 != 0 || unet.stepEmbedDim() < 4) {
            node.refuse("diffusion_step_embed_dim", "even and at least 4");
        }
        int levels = unet.downDims().size();
        if (levels > 12 || horizon % (1 << levels - 1) != 0) {
            policy.refuse(onlyActionSteps ? "n_action_steps" : "horizon",
                    "a number that can be halved once for each of the " + levels + " levels of down_dims but the last");
        }
        return unet;
    }

    private DiffusionSpec spec(List<Feature> inputs, Feature action, int start, Observations observations,
            VisionSpec vision, DenoiserSpec network) {
        int from = onlyActionSteps ? 0 : start;
        if (nObsSteps > horizon && !onlyActionSteps) {
            policy.refuse("n_obs_steps", "at most the horizon, " + horizon);
        }
        if (from + nActionSteps > horizon) {
            policy.refuse("n_action_steps", "at most " + (horizon - from) + " with a horizon of " + horizon
                    + " and actions from step " + from);
        }
        Map<String, NormalizationMode> modes = new LinkedHashMap<>();
        List<Feature> all = new ArrayList<>(inputs);
        all.add(action);
        all.forEach(feature -> modes.put(feature.name(), NormalizationMode.LINEAR));
        return new DiffusionSpec(DiffusionSpec.Origin.DIFFUSION_POLICY, inputs, action, nObsSteps, horizon,
                nActionSteps, from, observations, modes, vision, network,
                Schedulers.read(policy.child("noise_scheduler"), policy));
    }
}
