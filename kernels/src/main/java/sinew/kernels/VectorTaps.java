package sinew.kernels;

import java.lang.foreign.MemorySegment;

/// Layers over time (linear, convolution, transposed convolution): a few panels at a time, tap by tap. Each
/// panel's weights are read from memory once, from beginning to end, and serve every row of every sample.
final class VectorTaps {
    /// Panels that fill a tile's vectors.
    private static final int PANELS = Tiles.VECTORS / Simd.PER_PANEL;

    private VectorTaps() {}

    static void linear(Linear op, Rows x, Rows out, Activation activation, int part, int parts) {
        Scratch scratch = Scratch.ofThread();
        int first = begin(op.weights(), part, parts);
        int end = begin(op.weights(), part + 1, parts);
        for (int row = 0; row < x.rows() && first < end; row += Scratch.BLOCK_ROWS) {
            int rows = Math.min(Scratch.BLOCK_ROWS, x.rows() - row);
            scratch.taps.begin(x, op.weights().type().group());
            scratch.taps.rows(row, rows);
            block(scratch, op.weights(), op.bias(), op.inputFrom(), op.inputs(), 0, out, row, rows, first, end);
            VectorElementwise.finish(activation, null, out, row, rows, first, end);
        }
    }

    static void conv1d(Conv1d op, Rows x, Rows out, int part, int parts) {
        Scratch scratch = Scratch.ofThread();
        int first = begin(op.weights(), part, parts);
        int end = begin(op.weights(), part + 1, parts);
        for (int row = 0; row < out.rows() && first < end; row += Scratch.BLOCK_ROWS) {
            int rows = Math.min(Scratch.BLOCK_ROWS, out.rows() - row);
            scratch.taps.begin(x, op.weights().type().group());
            scratch.taps.convolution(op, row, rows);
            block(scratch, op.weights(), op.bias(), 0, op.cin(), Panels.aligned(op.cin()), out, row, rows, first, end);
        }
    }

    static void convTranspose1d(ConvTranspose1d op, Rows x, Rows out, int part, int parts) {
        Scratch scratch = Scratch.ofThread();
        int first = begin(op.weights(), part, parts);
        int end = begin(op.weights(), part + 1, parts);
        for (int row = 0; row < out.rows() && first < end; row += Scratch.BLOCK_ROWS) {
            int rows = Math.min(Scratch.BLOCK_ROWS, out.rows() - row);
            scratch.taps.begin(x, op.weights().type().group());
            scratch.taps.transposed(op, row, rows);
            block(scratch, op.weights(), op.bias(), 0, op.cin(), Panels.aligned(op.cin()), out, row, rows, first, end);
        }
    }

    /// The first panel of a part: a multiple of a tile's panels where there are enough of them.
    private static int begin(Panels weights, int part, int parts) {
        int unit = weights.panels() >= PANELS * parts ? PANELS : 1;
        return Math.min(weights.panels(), Parts.begin((weights.panels() + unit - 1) / unit, part, parts) * unit);
    }

    /// @param from     first depth of the first tap
    /// @param depth    depths per tap
    /// @param tapDepth depths from one tap to the next
    private static void block(
            Scratch scratch, Panels weights, MemorySegment bias, int from, int depth, int tapDepth, Rows out, int row,
            int rows, int first, int end) {
        WeightType type = weights.type();
        TapLists taps = scratch.taps;
        int groups = Panels.groups(type, depth);
        for (int panel = first; panel < end; ) {
            int count = Panel.isNarrow(out.columns(), panel) ? 1 : Math.min(PANELS, wholePanels(out, end) - panel);
            long to = Panel.address(scratch, out, row, panel);
            long stride = Panel.stride(out, panel);
            for (int p = panel; p < panel + count; p++) {
                Panel.begin(scratch, out, row, rows, type == WeightType.INT8 ? null : bias, p);
            }
            for (int tap = 0; tap < taps.taps(); tap++) {
                Product.panels(type, taps.pairs(), taps.first(tap), taps.rows(tap),
                        weights.address(panel, from + tap * tapDepth), weights.panelBytes(), count, groups, to, stride);
            }
            for (int p = panel; p < panel + count; p++) {
                if (type == WeightType.INT8) {
                    Panel.scale(scratch, out, row, rows, weights.scales(), bias, p);
                }
                Panel.end(scratch, out, row, rows, p);
            }
            panel += count;
        }
    }

    private static int wholePanels(Rows out, int end) {
        return Math.min(end, out.columns() / Panels.WIDTH);
    }
}
