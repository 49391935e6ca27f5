package sinew.convert.diffusionpolicy;

import sinew.engine.policy.SchedulerSpec;

/// Reads `noise_scheduler`, whose defaults are those of diffusers.
final class Schedulers {
    private Schedulers() {}

    static SchedulerSpec read(ConfigNode scheduler, ConfigNode policy) {
        String target = scheduler.text("_target_");
        SchedulerSpec.Kind kind = switch (target.substring(target.lastIndexOf('.') + 1)) {
            case "DDPMScheduler" -> SchedulerSpec.Kind.DDPM;
            case "DDIMScheduler" -> SchedulerSpec.Kind.DDIM;
            default -> scheduler.refuse("_target_", "DDPMScheduler or DDIMScheduler");
        };
        if (!scheduler.isNull("trained_betas")) {
            scheduler.refuse("trained_betas", "null: only named schedules are supported");
        }
        scheduler.only("variance_type", "fixed_small");
        scheduler.only("set_alpha_to_one", true);
        scheduler.only("steps_offset", 0L);
        scheduler.only("thresholding", false);
        scheduler.only("timestep_spacing", "leading");
        scheduler.only("rescale_betas_zero_snr", false);
        int trainSteps = scheduler.size("num_train_timesteps", 1000);
        int steps = policy.size("num_inference_steps", trainSteps);
        if (steps > trainSteps) {
            policy.refuse("num_inference_steps", "at most " + trainSteps + ", the steps of the training");
        }
        SchedulerSpec.BetaSchedule betas = scheduler.choice("beta_schedule", SchedulerSpec.BetaSchedule.class,
                SchedulerSpec.BetaSchedule.LINEAR);
        if (betas == SchedulerSpec.BetaSchedule.SIGMOID && kind == SchedulerSpec.Kind.DDIM) {
            scheduler.refuse("beta_schedule", "another with DDIM, for which diffusers has no sigmoid");
        }
        return new SchedulerSpec(kind, trainSteps, betas, scheduler.number("beta_start", 0.0001),
                scheduler.number("beta_end", 0.02),
                scheduler.choice("prediction_type", SchedulerSpec.PredictionType.class,
                        SchedulerSpec.PredictionType.EPSILON),
                scheduler.flag("clip_sample", true), scheduler.number("clip_sample_range", 1), steps);
    }
}
