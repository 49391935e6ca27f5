package sinew.runtime.demonstration;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvStep;
import sinew.runtime.eval.EpisodePolicy;
import sinew.runtime.sim.SimEnv;

/// What a policy did at the start of an episode, until a random step: from there an expert shows what would have been
/// right. Demonstrations of a policy's own mistakes teach it most (Ross et al., "A Reduction of Imitation Learning and
/// Structured Prediction to No-Regret Online Learning", 2011).
final class PolicyStart {
    private static final int EARLIEST = 4;
    /// Keeps the draw of the step apart from the seed's other draws.
    private static final long SALT = 0x7A6B;

    private PolicyStart() {}

    /// Lets the policy act in an environment that draws its pictures.
    ///
    /// @param latest control steps after which it has to stop
    /// @return the actions it took in robot units, [A] each, or nothing when the episode was over before
    static List<float[]> play(SimEnv env, EpisodePolicy policy, long seed, int latest) {
        int left = new SplittableRandom(seed ^ SALT).nextInt(EARLIEST, Math.max(EARLIEST + 1, latest));
        List<float[]> taken = new ArrayList<>(left);
        policy.begin(seed);
        EnvObservation seen = env.reset(seed);
        while (true) {
            float[][] chunk = policy.infer(seen).actions();
            for (int i = 0; i < chunk.length; i++) {
                if (taken.size() == left) {
                    return taken;
                }
                if (i > 0) {
                    policy.observe(seen);
                }
                EnvStep step = env.step(chunk[i]);
                taken.add(chunk[i]);
                if (step.done()) {
                    return List.of();
                }
                seen = step.observation();
            }
        }
    }
}
