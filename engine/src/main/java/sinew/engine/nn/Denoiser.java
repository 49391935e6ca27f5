package sinew.engine.nn;

import sinew.kernels.Device;
import sinew.kernels.Workers;

/// The network of a diffusion policy: says about noisy samples what a denoising step needs to know. A sample is
/// [T, C]: T rows, each an action and, where observations are inpainted, an observation.
///
/// What it knows comes in three parts, each taken in as seldom as it changes: the steps of a schedule ([#table], once
/// per schedule), the observations ([#observe] and [#keep], once per prediction), the samples ([#denoise], every step).
/// The rows of a pass may be at different steps of different schedules and may change their place from one pass to the
/// next: what was observed stays in a slot, and every row names its slot and its step.
///
/// One call at a time.
public interface Denoiser {
    /// Name of the network in traces and profiles: `unet`, `transformer`.
    String name();

    /// Whether traces show intermediates as [1, C, T], as networks of convolutions have them, or as [1, T, C].
    boolean channelsFirst();

    /// Where the noisy samples go: [B, T, C].
    Activations sample();

    /// What the network says about them: [B, T, C].
    Activations output();

    /// Where the observations' condition goes: [B, P, D], with P = 1 for one vector; null when the network takes none,
    /// and then nothing needs to be observed or kept.
    Activations condition();

    /// Computes what depends on the steps alone. Not for the hot path: it allocates.
    ///
    /// @param times [steps] what the network is told at each: a training step, or with flow matching a time in [0, 1]
    StepTable table(Workers workers, float[] times);

    /// Takes in the first `batch` conditions: once per prediction. [#keep] has to follow for each of them.
    ///
    /// @param device   where the network runs
    /// @param listener as in [#denoise]
    default void observe(Device device, Workers workers, int batch, Plan.Listener listener) {
        if (listener == null) {
            observationPlan().repeat(device, workers, batch);
        } else {
            observationPlan().run(workers, batch, listener);
        }
    }

    /// Keeps what [#observe] made of condition `sample` until the slot is used again.
    void keep(int sample, int slot);

    /// Says what row `row` of the next [#denoise] is.
    ///
    /// @param slot  of its condition
    /// @param table of its schedule
    /// @param index of its step in that schedule
    void select(int row, int slot, StepTable table, int index);

    /// Runs the network on the first `batch` rows of the samples, each at the step selected for it.
    ///
    /// @param listener null, or told of intermediates under the reference recordings' names
    default void denoise(Workers workers, int batch, Plan.Listener listener) {
        plan().run(workers, batch, listener);
    }

    /// The plan of one denoising step. Run it on its own for timing only, after a denoise.
    Plan plan();

    /// The plan that takes in the condition; null when there is none.
    Plan observationPlan();
}
