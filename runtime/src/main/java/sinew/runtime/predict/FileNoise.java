package sinew.runtime.predict;

import sinew.engine.policy.NoiseSource;

/// Noise from a file: for every prediction first the initial sample, then one draw per step that needs one. What
/// the file does not give comes from another source.
final class FileNoise implements NoiseSource {
    private final NoiseSource other;
    private float[] initial; // null: from the other source
    private float[][] draws; // null: from the other source
    private int next;

    FileNoise(NoiseSource other) {
        this.other = other;
    }

    /// Call before every prediction.
    void begin(float[] initial, float[][] draws) {
        this.initial = initial;
        this.draws = draws;
        this.next = -1;
    }

    @Override
    public void fill(float[] out, int count) {
        int index = next++;
        float[] recorded = index < 0 ? initial : draws == null ? null : draw(index);
        if (recorded == null) {
            other.fill(out, count);
        } else {
            System.arraycopy(recorded, 0, out, 0, count);
        }
    }

    private float[] draw(int index) {
        if (index >= draws.length) {
            throw new PredictionException("variance_noise holds " + draws.length
                    + " draws, the sampler wants more. Record more, or leave it out to draw from --seed");
        }
        return draws[index];
    }
}
