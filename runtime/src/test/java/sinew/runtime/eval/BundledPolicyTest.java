package sinew.runtime.eval;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.sim.SimOptions;
import sinew.runtime.sim.SimTask;

/// The policy that comes with Sinew does what it was trained for. Whole episodes: pictures, encoder, denoising,
/// normalisation, control and physics, of which any may spoil a grasp.
class BundledPolicyTest {
    private static final Path WEIGHTS =
            Path.of(System.getProperty("sinew.root"), "runtime", "src", "main", "policies", "lift-sim.gguf");
    private static final long FIRST_SEED = 12;

    @Test
    void itLiftsTheCube() throws Exception {
        assertTrue(Files.size(WEIGHTS) < 25_000_000, "too large for the repository");
        try (Policy policy = Policies.load(WEIGHTS, LoadOptions.defaults())) {
            SimEvaluation evaluation = new SimEvaluation(
                    () -> new LocalEpisodePolicy(policy, SamplingOptions.FROM_CHECKPOINT, TorchRandom::new),
                    SimOptions.of(SimTask.LIFT, FIRST_SEED));
            List<EpisodeResult> results = evaluation.run(2, 2, result -> {});
            for (EpisodeResult result : results) {
                assertTrue(result.verdict().success(), () -> "seed " + result.seed() + ": " + result.verdict());
            }
        }
    }
}
