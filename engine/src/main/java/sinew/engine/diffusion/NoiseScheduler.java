package sinew.engine.diffusion;

import java.util.Locale;
import sinew.engine.policy.SchedulerSpec;
import sinew.engine.policy.SchedulerSpec.BetaSchedule;
import sinew.engine.policy.SchedulerSpec.Kind;
import sinew.kernels.DenoisingRule;

/// A sampler of the reverse diffusion: the training steps that it visits, and the rule that takes a sample from
/// one to the next. Immutable, and its step allocates nothing. Arithmetic is float32 in diffusers' order.
///
/// Sources: Ho et al. 2020 (DDPM), Song et al. 2021 (DDIM), Lu et al. 2022 (DPM-Solver++), diffusers' schedulers of the
/// same names; Lipman et al. 2023 (flow matching).
public sealed interface NoiseScheduler permits StepwiseScheduler, FlowMatching {

    /// What the network is told at each call, in call order: [steps]. The training step, or with flow matching the time
    /// from 0 to 1. A copy.
    float[] times();

    /// Number of steps of a prediction, each a call of the network.
    int steps();

    /// Whether step `index` (0 is the first in call order) uses noise.
    boolean drawsNoise(int index);

    /// What is left of the clean sample in the one that step `index` starts from: sample = signal * clean + noise *
    /// epsilon.
    float signal(int index);

    /// The share of noise in the sample that step `index` starts from, see [#signal].
    float noise(int index);

    /// How many times a sample's size a sampler keeps of its own from one step of a prediction to the next.
    default int room() {
        return 0;
    }

    /// Moves `sample` one step on, in place.
    ///
    /// @param index  position in [#times]
    /// @param output [count] what the network said about the sample
    /// @param sample [count] replaced by the next sample
    /// @param noise  [count] standard normal values; read only where [#drawsNoise] says so, else may be null
    /// @param memory [room * count] the sampler's own, see [#room]; the first step does not read it
    void step(int index, float[] output, float[] sample, float[] noise, float[] memory, int count);

    /// What [#step] does, for devices that take all steps on their own; to the bit the same. Null for a sampler that no
    /// such rule describes.
    ///
    /// @param index position in [#times]
    default DenoisingRule rule(int index) {
        return null;
    }

    /// The checkpoint's sampler with its own number of steps, as LeRobot runs it: leading spacing and eta 0. Leading
    /// also for DPM-Solver++, although diffusers' default for that is linspace: LeRobot's policies have been tried with
    /// it, and it leaves out the last training steps, where an error of the network weighs most.
    static NoiseScheduler of(SchedulerSpec spec) {
        return of(spec, TimestepSpacing.LEADING, 0);
    }

    /// A sampler with everything chosen.
    ///
    /// @param eta DDIM's share of fresh noise, 0 for none; the others have no such choice
    /// @throws IllegalArgumentException says which choice does not exist
    static NoiseScheduler of(SchedulerSpec spec, TimestepSpacing spacing, double eta) {
        int steps = spec.numInferenceSteps();
        if (steps < 1 || steps > spec.numTrainTimesteps()) {
            throw new IllegalArgumentException("a prediction takes 1 to " + spec.numTrainTimesteps()
                    + " denoising steps (the policy was trained with " + spec.numTrainTimesteps() + "), got " + steps);
        }
        if (spec.kind() != Kind.DDPM && spec.betaSchedule() == BetaSchedule.SIGMOID) {
            throw new IllegalArgumentException(spec.kind().word().toUpperCase(Locale.ROOT)
                    + " is not defined for the beta schedule 'sigmoid'; use DDPM with this policy");
        }
        return switch (spec.kind()) {
            case EULER, RK4 -> new FlowMatching(spec);
            case DDPM -> new Ddpm(spec, spacing);
            case DDIM -> new Ddim(spec, spacing, eta);
            case DPM_SOLVER_PP -> {
                if (steps == spec.numTrainTimesteps()) {
                    throw new IllegalArgumentException("DPM++ takes fewer steps than the policy was trained with, that is"
                            + " 1 to " + (steps - 1) + ", got " + steps + "; give their number: 5 to 10 are usual");
                }
                yield new DpmSolver(spec, spacing);
            }
        };
    }
}
