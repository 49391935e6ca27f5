package sinew.engine.inference;

import sinew.engine.features.Normalizer;
import sinew.engine.policy.ActionPrefix;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.ObservationException;

/// Gives a prediction the actions that are already decided, so that it continues them: real-time chunking (Black et al.
/// 2025) in the form that a diffusion policy knows. The decided rows of the sample get the noise that belongs to each
/// step, as RePaint (Lugmayr et al. 2022) does with known pixels, and the rest is denoised beside them.
///
/// The action of the observation's own step is row `action_start` of the sample; the rows before it are the past.
final class DecidedActions {
    private final DiffusionSpec spec;
    private final Normalizer normalizer;

    DecidedActions(DiffusionSpec spec, Normalizer normalizer) {
        this.spec = spec;
        this.normalizer = normalizer;
    }

    /// @param known of a prediction that has not been started; forgets what it was given before
    /// @throws ObservationException says what is wrong with the prefix
    void give(ActionPrefix prefix, Known known) {
        known.clear();
        check("action_past", prefix.past());
        check("action_prefix", prefix.next());
        int rows = spec.horizon() - spec.actionStart();
        if (prefix.next().length > rows) {
            throw new ObservationException("action_prefix has " + prefix.next().length
                    + " actions; of this policy's predictions at most " + rows + " can be decided before");
        }
        int past = Math.min(prefix.past().length, spec.actionStart());
        for (int i = 0; i < past; i++) {
            give(prefix.past()[prefix.past().length - past + i], spec.actionStart() - past + i, known);
        }
        for (int i = 0; i < prefix.next().length; i++) {
            give(prefix.next()[i], spec.actionStart() + i, known);
        }
    }

    private void give(float[] action, int row, Known known) {
        float[] normalized = new float[action.length];
        for (int i = 0; i < action.length; i++) {
            normalized[i] = normalizer.forward(i, action[i]);
        }
        known.give(row * spec.sampleDim(), normalized, 0, normalized.length, Known.Level.NOISED);
    }

    private void check(String field, float[][] rows) {
        for (float[] row : rows) {
            if (row.length != spec.action().size()) {
                throw new ObservationException(field + " has actions of " + row.length
                        + " values, this policy's have " + spec.action().size());
            }
            for (float value : row) {
                if (!Float.isFinite(value)) {
                    throw new ObservationException(field + " holds " + value);
                }
            }
        }
    }
}
