package sinew.engine.inference;

import java.util.List;
import sinew.engine.nn.Plan;
import sinew.engine.policy.Policy;

/// Where the time of a policy's predictions goes.
public final class PolicyProfile {
    private PolicyProfile() {}

    /// One network: `encode` (a run of one image encoder), `condition` (once per prediction), `denoise` (once per
    /// denoising step); `transform` (ACT's transformer, once per prediction).
    ///
    /// @param batch images or samples in a run
    /// @param steps kernel calls in order
    public record Stage(String name, int batch, List<Plan.StepTime> steps) {
        public Stage {
            steps = List.copyOf(steps);
        }

        /// Sum over the kernel calls.
        public double millis() {
            double sum = 0;
            for (Plan.StepTime step : steps) {
                sum += step.millis();
            }
            return sum;
        }
    }

    /// Medians over `runs` runs of every kernel call. Sessions wait meanwhile.
    ///
    /// @throws IllegalArgumentException when the policy was not loaded by [Policies]
    public static List<Stage> measure(Policy policy, int runs) {
        if (policy instanceof Profiled profiled) {
            return profiled.profile(runs);
        }
        throw new IllegalArgumentException("cannot look into a " + policy.getClass().getName());
    }
}
