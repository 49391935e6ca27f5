package sinew.engine.inference;

import java.util.Arrays;
import sinew.kernels.Given;

/// The entries of a sample that are given instead of predicted (inpainting, Lugmayr et al. 2022; Janner et al. 2022):
/// before every call of the network they are written over whatever the steps have made of them, and once more after
/// the last step. diffusion_policy conditions on observations this way, `trajectory[mask] = data[mask]`; rows of
/// actions that are committed already can be frozen the same way.
///
/// Entries stay given, from one prediction to the next, until [#clear].
final class Known {
    /// In what form an entry is shown to the network.
    enum Level {
        /// As it is, at every step.
        CLEAN,
        /// With as much noise as the rest of the sample has at that step.
        NOISED
    }

    private final float[] values; // [size]
    private final Level[] levels; // [size], null where the entry is predicted
    private final float[] noise; // [size] what the sample began with; valid once begun
    private int first; // entries before this one are predicted
    private int end; // and from this one on

    Known(int size) {
        values = new float[size];
        levels = new Level[size];
        noise = new float[size];
        clear();
    }

    boolean isEmpty() {
        return first >= end;
    }

    /// From now on everything is predicted.
    void clear() {
        Arrays.fill(levels, null);
        first = levels.length;
        end = 0;
    }

    /// Gives the entries `at` to `at + count - 1` of the sample, in the network's units.
    ///
    /// @param from where they begin in `source`
    void give(int at, float[] source, int from, int count, Level level) {
        System.arraycopy(source, from, values, at, count);
        Arrays.fill(levels, at, at + count, level);
        first = Math.min(first, at);
        end = Math.max(end, at + count);
    }

    /// Remembers the noise that a sample begins with: its given entries keep it on their way to the clean values.
    void begin(float[] sample) {
        if (!isEmpty()) {
            System.arraycopy(sample, first, noise, first, end - first);
        }
    }

    /// Writes the given entries as a step shows them to the network.
    ///
    /// @param signal    what is left of the clean value at that step
    /// @param deviation the noise's share at that step
    void impose(float[] sample, float signal, float deviation) {
        for (int i = first; i < end; i++) {
            if (levels[i] == Level.CLEAN) {
                sample[i] = values[i];
            } else if (levels[i] == Level.NOISED) {
                sample[i] = signal * values[i] + deviation * noise[i];
            }
        }
    }

    /// Describes all of it: what is given, the noise that it began with, and how, by [Given]'s levels.
    ///
    /// @param at where this sample's entries begin in all three
    void describe(float[] values, float[] noise, float[] levels, int at) {
        System.arraycopy(this.values, 0, values, at, this.values.length);
        System.arraycopy(this.noise, 0, noise, at, this.noise.length);
        for (int i = 0; i < this.levels.length; i++) {
            levels[at + i] = switch (this.levels[i]) {
                case null -> Given.PREDICTED;
                case CLEAN -> Given.CLEAN;
                case NOISED -> Given.NOISED;
            };
        }
    }

    /// Writes the given entries themselves.
    void impose(float[] sample) {
        impose(sample, 1, 0);
    }
}
