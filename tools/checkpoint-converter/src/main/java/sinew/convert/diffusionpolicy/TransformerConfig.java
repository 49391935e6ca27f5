package sinew.convert.diffusionpolicy;

import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.TransformerSpec;

/// The configuration of `TransformerForDiffusion`. Its `obs_as_cond` decides nothing: observations are tokens when
/// `cond_dim` is not 0.
record TransformerConfig(ConfigNode model, TransformerSpec spec) {
    private static final String TARGET =
            "diffusion_policy.model.diffusion.transformer_for_diffusion.TransformerForDiffusion";

    static TransformerConfig read(ConfigNode model) {
        model.known("_target_", "input_dim", "output_dim", "horizon", "n_obs_steps", "cond_dim", "n_layer", "n_head",
                "n_emb", "p_drop_emb", "p_drop_attn", "causal_attn", "time_as_cond", "obs_as_cond", "n_cond_layers");
        model.only("_target_", TARGET);
        int width = model.size("n_emb", 768);
        int heads = model.size("n_head", 12);
        if (width % heads != 0 || width % 2 != 0 || width < 4) {
            model.refuse("n_emb", "an even number from 4 on that divides into n_head, " + heads);
        }
        return new TransformerConfig(model, new TransformerSpec(model.size("n_layer", 12), heads, width,
                model.count("n_cond_layers", 0), model.flag("causal_attn", false), model.flag("time_as_cond", true)));
    }

    /// Refuses a network that does not fit its policy.
    void check(DiffusionSpec policy) {
        model.only("input_dim", (long) policy.sampleDim());
        model.only("output_dim", (long) policy.sampleDim());
        if (model.count("cond_dim", 0) != policy.conditionDim()) {
            model.refuse("cond_dim", policy.conditionDim() + ", the size of the observations that are its condition");
        }
        if (policy.conditionDim() > 0 && !spec.timeAsCondition()) {
            model.refuse("time_as_cond", "true when observations are the condition");
        }
        int horizon = model.size("horizon");
        if (policy.conditionDim() > 0 && model.size("n_obs_steps", horizon) != policy.nObsSteps()) {
            model.refuse("n_obs_steps", policy.nObsSteps() + ", the policy's");
        }
        // Places can be left over; a mask cannot.
        if (horizon < policy.horizon() || spec.causal() && horizon != policy.horizon()) {
            model.refuse("horizon", policy.horizon() + ", the rows that the policy predicts");
        }
    }
}
