package sinew.convert.diffusionpolicy;

import sinew.engine.policy.SchedulerSpec;
import sinew.engine.policy.UnetSpec;

/// The configuration of `DiffusionUnetLowdimPolicy`.
///
/// @param observations how observations reach the network
/// @param actionStart  first of the predicted steps that is executed
/// @param unet         the network; its last block normalises in 8 groups whatever `nGroups` says
public record LowdimUnetConfig(
        int horizon,
        int obsDim,
        int actionDim,
        int nObsSteps,
        int nActionSteps,
        Observations observations,
        int actionStart,
        UnetSpec unet,
        SchedulerSpec scheduler) {

    /// How observations reach the network.
    public enum Observations {
        /// Flattened into the conditioning vector.
        GLOBAL_CONDITION,
        /// As columns beside the actions, overwritten before every call of the network.
        INPAINTING
    }

    private static final String POLICY = "diffusion_policy.policy.diffusion_unet_lowdim_policy"
            + ".DiffusionUnetLowdimPolicy";

    /// Number of columns that the network denoises.
    public int trajectoryDim() {
        return observations == Observations.INPAINTING ? actionDim + obsDim : actionDim;
    }

    static LowdimUnetConfig read(ConfigNode policy) {
        policy.only("_target_", POLICY);
        policy.only("obs_as_local_cond", false);
        policy.only("pred_action_steps_only", false);
        boolean global = policy.flag("obs_as_global_cond", false);
        ConfigNode model = policy.child("model");
        int nObsSteps = policy.size("n_obs_steps");
        LowdimUnetConfig config = new LowdimUnetConfig(policy.size("horizon"), policy.size("obs_dim"),
                policy.size("action_dim"), nObsSteps, policy.size("n_action_steps"),
                global ? Observations.GLOBAL_CONDITION : Observations.INPAINTING,
                policy.flag("oa_step_convention", false) ? nObsSteps - 1 : nObsSteps,
                new UnetSpec(model.sizes("down_dims"), model.size("kernel_size", 3), model.size("n_groups", 8),
                        model.size("diffusion_step_embed_dim", 256), model.flag("cond_predict_scale", false)),
                Schedulers.read(policy.child("noise_scheduler"), policy));
        config.check(policy, model);
        return config;
    }

    private void check(ConfigNode policy, ConfigNode model) {
        model.only("input_dim", (long) trajectoryDim());
        model.only("global_cond_dim", (long) (observations == Observations.GLOBAL_CONDITION ? nObsSteps * obsDim : 0));
        if (!model.isNull("local_cond_dim")) {
            model.refuse("local_cond_dim", "null: local conditioning is not supported");
        }
        if (nObsSteps > horizon) {
            policy.refuse("n_obs_steps", "at most the horizon, " + horizon);
        }
        if (actionStart + nActionSteps > horizon) {
            policy.refuse("n_action_steps", "at most " + (horizon - actionStart) + " with a horizon of " + horizon
                    + " and actions from step " + actionStart);
        }
    }
}
