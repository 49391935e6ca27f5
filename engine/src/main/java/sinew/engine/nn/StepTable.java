package sinew.engine.nn;

import sinew.kernels.Rows;

/// What the denoising steps of one schedule alone contribute to every block's modulation, computed once.
public final class StepTable {
    private final Rows[] modulation; // [steps] of [1, F]
    private final float[] firstEmbedding; // [D]
    private final float[] firstWaves; // [D], null where nobody asks for them

    StepTable(Activations modulation, float[] firstEmbedding) {
        this(modulation, firstEmbedding, null);
    }

    StepTable(Activations modulation, float[] firstEmbedding, float[] firstWaves) {
        this.firstWaves = firstWaves;
        this.modulation = new Rows[modulation.maxBatch()];
        for (int step = 0; step < this.modulation.length; step++) {
            this.modulation[step] = modulation.sample(step).rows(1);
        }
        this.firstEmbedding = firstEmbedding;
    }

    Rows modulation(int step) {
        return modulation[step];
    }

    /// Sines and cosines that the step encoder began with for the first step: [D], or null. A copy.
    public float[] firstWaves() {
        return firstWaves == null ? null : firstWaves.clone();
    }

    /// Output of the step encoder for the first step in call order: [D]. A copy.
    public float[] firstEmbedding() {
        return firstEmbedding.clone();
    }
}
