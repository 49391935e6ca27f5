package sinew.bench;

import sinew.engine.nn.Activations;

/// What networks computed, copied and compared.
final class Outputs {
    private Outputs() {}

    /// The first `batch` samples: [B, positions, channels].
    static float[] read(Activations activations, int batch) {
        int rows = batch * activations.positions();
        float[] values = new float[rows * activations.channels()];
        for (int row = 0; row < rows; row++) {
            activations.read(row, values, row * activations.channels());
        }
        return values;
    }

    /// Largest difference, relative to the largest magnitude of `ours` where that exceeds 1. NaN in either counts
    /// as infinitely far, and so does another length.
    static double deviation(float[] ours, float[] theirs) {
        if (ours.length != theirs.length) {
            return Double.POSITIVE_INFINITY;
        }
        double largest = 1;
        double difference = 0;
        for (int i = 0; i < ours.length; i++) {
            double d = Math.abs((double) ours[i] - theirs[i]);
            difference = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(difference, d);
            largest = Math.max(largest, Math.abs(ours[i]));
        }
        return difference / largest;
    }
}
