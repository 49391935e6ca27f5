package sinew.engine.diffusion;

import sinew.engine.policy.SchedulerSpec;

/// DPM-Solver++(2M) of Lu et al. 2022 ("DPM-Solver++", algorithm 2): solves the diffusion's ordinary differential
/// equation in the logarithm of the signal-to-noise ratio with steps of second order, each of which also looks at the
/// clean sample that the step before estimated. As diffusers' DPMSolverMultistepScheduler with `dpmsolver++`, order 2,
/// `midpoint`, `lower_order_final` and a last sigma of zero: the first step is of first order for want of an earlier
/// one, and so is the last, which lands on its clean sample.
///
/// Clean samples are clipped where the checkpoint clips them, also those that the next step looks back at. diffusers'
/// class has no such choice, only dynamic thresholding, which scales and is something else. But a policy that was
/// trained with `clip_sample` has been run with it ever since, and where its schedule begins with hardly any signal, an
/// error of the predicted noise is multiplied by thousands on its way into the first clean sample.
final class DpmSolver extends StepwiseScheduler {
    DpmSolver(SchedulerSpec spec, TimestepSpacing spacing) {
        super(spec, spacing.timestepsBeforeZero(spec.numTrainTimesteps(), spec.numInferenceSteps()));
        int steps = timesteps.length;
        for (int i = 0; i < steps - 1; i++) {
            double now = product[timesteps[i]];
            double next = product[timesteps[i + 1]];
            double width = logRatio(next) - logRatio(now);
            double towardsClean = -Math.sqrt(next) * Math.expm1(-width);
            // Half the slope from the clean sample before to this one, over the width of the step.
            double slope = i == 0 ? 0 : width / (2 * (logRatio(now) - logRatio(product[timesteps[i - 1]])));
            float sample = (float) Math.sqrt((1 - next) / (1 - now));
            // No weight, not even zero times, for what the last prediction left there: it may be no number.
            float earlier = i == 0 ? 0 : (float) (-towardsClean * slope);
            define(i, (float) (towardsClean * (1 + slope)), sample, 0, earlier, 0);
        }
        define(steps - 1, 1, 0, 0, 0, 0);
    }

    /// The logarithm of signal over noise.
    private static double logRatio(double product) {
        return (Math.log(product) - Math.log1p(-product)) / 2;
    }

    @Override
    public boolean drawsNoise(int index) {
        return false;
    }

    @Override
    public int room() {
        return 1;
    }
}
