package sinew.engine.diffusion;

import sinew.engine.policy.SchedulerSpec;
import sinew.engine.policy.SchedulerSpec.BetaSchedule;

/// A sampler of the reverse diffusion: the training steps that it visits, and the rule that takes a sample from
/// one to the next. Immutable, and its step allocates nothing. Arithmetic is float32 in diffusers' order.
///
/// Sources: Ho et al. 2020 (DDPM), Song et al. 2021 (DDIM), diffusers' schedulers of the same names; Lipman et al. 2023
/// (flow matching).
public sealed interface NoiseScheduler permits Ddpm, Ddim, FlowMatching {

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

    /// How many times a sample's size a sampler keeps behind each sample from one step to the next.
    default int room() {
        return 0;
    }

    /// Moves `sample` one step on, in place.
    ///
    /// @param index  position in [#timesteps]
    /// @param output [count] what the network said about the sample
    /// @param sample [count] replaced by the next sample; behind it [#room] times as much of the sampler's own
    /// @param noise  [count] standard normal values; read only where [#drawsNoise] says so, else may be null
    void step(int index, float[] output, float[] sample, float[] noise, int count);

    /// The checkpoint's sampler with its own number of steps, as LeRobot runs it: leading spacing and eta 0.
    static NoiseScheduler of(SchedulerSpec spec) {
        return of(spec, TimestepSpacing.LEADING, 0);
    }

    /// A sampler with everything chosen.
    ///
    /// @param eta DDIM's share of fresh noise, 0 for none; DDPM has no such choice
    /// @throws IllegalArgumentException says which choice does not exist
    static NoiseScheduler of(SchedulerSpec spec, TimestepSpacing spacing, double eta) {
        int steps = spec.numInferenceSteps();
        if (steps < 1 || steps > spec.numTrainTimesteps()) {
            throw new IllegalArgumentException("a prediction takes 1 to " + spec.numTrainTimesteps()
                    + " denoising steps (the policy was trained with " + spec.numTrainTimesteps() + "), got " + steps);
        }
        return switch (spec.kind()) {
            case EULER, RK4 -> new FlowMatching(spec);
            case DDPM -> new Ddpm(spec, spacing);
            case DDIM -> {
                if (spec.betaSchedule() == BetaSchedule.SIGMOID) {
                    throw new IllegalArgumentException(
                            "DDIM is not defined for the beta schedule 'sigmoid'; use DDPM with this policy");
                }
                yield new Ddim(spec, spacing, eta);
            }
        };
    }
}
