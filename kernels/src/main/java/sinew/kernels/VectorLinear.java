package sinew.kernels;

/// Linear layers and convolutions with one tap: each output row reads one input row.
final class VectorLinear {
    private VectorLinear() {}

    static void linear(Linear op, Rows x, Rows out, Activation activation, int part, int parts) {
        Scratch scratch = Scratch.ofThread();
        Panels weights = op.weights();
        int firstPanel = Parts.begin(weights.panels(), part, parts);
        int endPanel = Parts.begin(weights.panels(), part + 1, parts);
        for (int row = 0; row < x.rows() && firstPanel < endPanel; row += Scratch.BLOCK_ROWS) {
            int rows = Math.min(Scratch.BLOCK_ROWS, x.rows() - row);
            for (int i = 0; i < rows; i++) {
                scratch.list[2 * i] = x.address(row + i);
                scratch.list[2 * i + 1] = i;
            }
            for (int panel = firstPanel; panel < endPanel; panel++) {
                Panel.begin(scratch, out, row, rows, op.bias(), panel);
                panel(scratch, weights, op.inputFrom(), op.inputs(), out, row, rows, panel);
                Panel.end(scratch, out, row, rows, panel);
            }
            VectorElementwise.finish(activation, null, out, row, rows, firstPanel, endPanel);
        }
    }

    /// A convolution over time with one tap and no padding.
    static void conv1d(Conv1d op, Rows x, Rows out, int part, int parts) {
        Scratch scratch = Scratch.ofThread();
        int timeOut = op.timeOut();
        int end = Parts.begin(op.weights().panels(), part + 1, parts);
        for (int panel = Parts.begin(op.weights().panels(), part, parts); panel < end; panel++) {
            for (int row = 0; row < out.rows(); row += Scratch.BLOCK_ROWS) {
                int rows = Math.min(Scratch.BLOCK_ROWS, out.rows() - row);
                for (int i = 0; i < rows; i++) {
                    int sample = (row + i) / timeOut;
                    int time = (row + i) % timeOut * op.stride();
                    scratch.list[2 * i] = x.address(sample * op.timeIn() + time);
                    scratch.list[2 * i + 1] = i;
                }
                Panel.begin(scratch, out, row, rows, op.bias(), panel);
                panel(scratch, op.weights(), 0, op.cin(), out, row, rows, panel);
                Panel.end(scratch, out, row, rows, panel);
            }
        }
    }

    private static void panel(
            Scratch scratch, Panels weights, int from, int depth, Rows out, int row, int rows, int panel) {
        GatherTiles.accumulate(
                weights.type(),
                scratch.list,
                rows,
                weights.address(panel, from),
                depth,
                Panel.address(scratch, out, row, panel),
                Panel.stride(out, panel));
    }
}
