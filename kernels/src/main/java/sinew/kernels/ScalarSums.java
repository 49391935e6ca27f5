package sinew.kernels;

/// Sums along a row, in the one order that vectors of any width can follow: sixteen sums of every sixteenth value in
/// float, then those and the values that fill no sixteen enter a double one by one.
final class ScalarSums {
    /// Sums that run side by side.
    static final int LANES = Panels.WIDTH;

    private ScalarSums() {}

    static double sum(Rows x, int row) {
        int whole = x.columns() / LANES * LANES;
        double total = 0;
        for (int lane = 0; lane < Math.min(whole, LANES); lane++) {
            float sum = 0;
            for (int c = lane; c < whole; c += LANES) {
                sum += x.at(row, c);
            }
            total += sum;
        }
        for (int c = whole; c < x.columns(); c++) {
            total += x.at(row, c);
        }
        return total;
    }

    /// Of the squared distances from `mean`.
    static double squares(Rows x, int row, float mean) {
        int whole = x.columns() / LANES * LANES;
        double total = 0;
        for (int lane = 0; lane < Math.min(whole, LANES); lane++) {
            float sum = 0;
            for (int c = lane; c < whole; c += LANES) {
                float deviation = x.at(row, c) - mean;
                sum = Math.fma(deviation, deviation, sum);
            }
            total += sum;
        }
        for (int c = whole; c < x.columns(); c++) {
            float deviation = x.at(row, c) - mean;
            total += deviation * deviation;
        }
        return total;
    }
}
