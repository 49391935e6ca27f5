package sinew.kernels;

/// Convolutions over time: panel by panel, within it block by block of input channels, within that tile
/// by tile of four time steps. So a panel's weights are read from memory once for all samples, and a
/// block's weights and activations stay in the first-level cache.
final class VectorConv1d {
    /// Input channels of a block.
    private static final int CHANNELS = 64;

    private VectorConv1d() {}

    static void conv1d(Conv1d op, Rows x, Rows out, int part, int parts) {
        Scratch scratch = Scratch.ofThread();
        int end = Parts.begin(op.weights().panels(), part + 1, parts);
        for (int panel = Parts.begin(op.weights().panels(), part, parts); panel < end; panel++) {
            for (int row = 0; row < out.rows(); row += Scratch.BLOCK_ROWS) {
                int rows = Math.min(Scratch.BLOCK_ROWS, out.rows() - row);
                Panel.begin(scratch, out, row, rows, op.bias(), panel);
                block(scratch, op, x, out, row, rows, panel);
                Panel.end(scratch, out, row, rows, panel);
            }
        }
    }

    private static void block(Scratch scratch, Conv1d op, Rows x, Rows out, int row, int rows, int panel) {
        // A single tile keeps its accumulators in registers all the way.
        int channels = rows <= TimeTiles.STEPS ? op.cin() : CHANNELS;
        for (int channel = 0; channel < op.cin(); channel += channels) {
            int count = Math.min(channels, op.cin() - channel);
            long weights = op.weights().address(panel, channel * op.taps());
            for (int r = 0; r < rows; ) {
                r += tile(scratch, op, x, out, row, r, rows, panel, channel, count, weights);
            }
        }
    }

    /// Computes up to four rows from `row + r` on and returns how many.
    private static int tile(
            Scratch scratch,
            Conv1d op,
            Rows x,
            Rows out,
            int row,
            int r,
            int rows,
            int panel,
            int channel,
            int channels,
            long weights) {
        int timeOut = op.timeOut();
        int step = (row + r) % timeOut;
        long to = Panel.address(scratch, out, row, panel) + r * Panel.stride(out, panel);
        if (rows - r >= TimeTiles.STEPS && TimeTiles.isFive(op, step)) {
            int sample = (row + r) / timeOut;
            long input = x.address(sample * op.timeIn() + step - op.pad()) + (long) channel * Float.BYTES;
            TimeTiles.five(
                    op.weights().type(),
                    step == 0,
                    step + TimeTiles.STEPS == op.timeIn(),
                    input,
                    x.strideBytes(),
                    weights,
                    channels,
                    to,
                    Panel.stride(out, panel));
            return TimeTiles.STEPS;
        }
        int count = Math.min(TimeTiles.STEPS, rows - r);
        describe(scratch, op, x, row + r, count, channel);
        for (int i = 0; i < TimeTiles.STEPS; i++) {
            scratch.rows[TimeTiles.STEPS + i] = i < count ? to + i * Panel.stride(out, panel) : scratch.spareRow;
        }
        TimeTiles.masked(
                op.weights().type(),
                scratch,
                op.taps(),
                weights,
                op.taps() * op.weights().rowBytes(),
                channels);
        return count;
    }

    /// Sets the input addresses and the table of taps for `count` rows, which may belong to several samples.
    private static void describe(Scratch scratch, Conv1d op, Rows x, int row, int count, int channel) {
        int[] table = scratch.taps(op.taps());
        for (int tap = 0; tap < op.taps(); tap++) {
            table[3 * tap] = 0;
            table[3 * tap + 1] = Math.toIntExact(tap * x.strideBytes());
            table[3 * tap + 2] = tap * op.weights().rowBytes();
        }
        for (int i = 0; i < TimeTiles.STEPS; i++) {
            int sample = (row + Math.min(i, count - 1)) / op.timeOut();
            int time = (row + Math.min(i, count - 1)) % op.timeOut() * op.stride() - op.pad();
            scratch.rows[i] = x.address(sample * op.timeIn() + time) + (long) channel * Float.BYTES;
            for (int tap = Math.max(0, -time); i < count && tap < op.taps() && time + tap < op.timeIn(); tap++) {
                table[3 * tap] |= 1 << i;
            }
        }
    }
}
