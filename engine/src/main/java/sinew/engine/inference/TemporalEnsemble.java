package sinew.engine.inference;

/// Averages what overlapping chunks say about the same moment, exp(-coefficient * i) the weight of the i-th oldest
/// (Zhao et al. 2023, temporal ensembling), one moment after the other. Source: LeRobot's ACTTemporalEnsembler, whose
/// running sums in float32 are kept.
final class TemporalEnsemble {
    private final int rows;
    private final int dim;
    private final float[] weights; // [rows] of the i-th oldest
    private final float[] totals; // [rows] sum of the first i + 1 weights
    private final float[] means; // [rows * dim] of the present and what comes after it
    private final int[] counts; // [rows] chunks in each
    private boolean empty = true;

    TemporalEnsemble(double coefficient, int rows, int dim) {
        this.rows = rows;
        this.dim = dim;
        weights = new float[rows];
        totals = new float[rows];
        means = new float[rows * dim];
        counts = new int[rows];
        float total = 0;
        for (int i = 0; i < rows; i++) {
            weights[i] = (float) Math.exp((float) -coefficient * i);
            total += weights[i];
            totals[i] = total;
        }
    }

    void reset() {
        empty = true;
    }

    /// Takes in the chunk that begins now and gives the present action.
    ///
    /// @param chunk [rows * dim]
    /// @param out   [dim]
    void next(float[] chunk, float[] out) {
        int known = empty ? 0 : rows - 1;
        for (int row = 0; row < known; row++) {
            int count = counts[row];
            for (int i = row * dim; i < (row + 1) * dim; i++) {
                float sum = means[i] * totals[count - 1];
                sum += chunk[i] * weights[count];
                means[i] = sum / totals[count];
            }
            counts[row] = Math.min(count + 1, rows);
        }
        System.arraycopy(chunk, known * dim, means, known * dim, (rows - known) * dim);
        for (int row = known; row < rows; row++) {
            counts[row] = 1;
        }
        empty = false;
        System.arraycopy(means, 0, out, 0, dim);
        System.arraycopy(means, dim, means, 0, (rows - 1) * dim);
        System.arraycopy(counts, 1, counts, 0, rows - 1);
    }
}
