package sinew.kernels;

/// 2-D convolutions, tap by tap: for a block of output positions, wherever they lie, those that have an
/// input under the tap are listed once and then multiplied with every panel. Padding costs nothing, small
/// pictures fill whole tiles across rows and samples, and a tap's weights are used for the whole block.
final class VectorConv2d {
    /// Below this many input channels a whole kernel row is multiplied at a time where no edge cuts it.
    private static final int FEW_CHANNELS = 32;
    /// Weights above this size are divided among the parts, so that each core's cache holds its own share;
    /// otherwise positions are.
    private static final long LARGE_WEIGHTS = 1 << 20;

    private VectorConv2d() {}

    static void conv2d(
            Conv2d op, Rows x, Rows out, Rows residual, Activation activation, int part, int parts) {
        Scratch scratch = Scratch.ofThread();
        Panels weights = op.weights();
        boolean byPanels =
                Panels.byteSize(weights.type(), weights.outputs(), weights.depth()) > LARGE_WEIGHTS
                        && weights.panels() >= 2 * parts;
        int firstPanel = byPanels ? Parts.begin(weights.panels(), part, parts) : 0;
        int endPanel = byPanels ? Parts.begin(weights.panels(), part + 1, parts) : weights.panels();
        int row = byPanels ? 0 : Parts.begin(out.rows(), part, parts);
        int end = byPanels ? out.rows() : Parts.begin(out.rows(), part + 1, parts);
        for (; row < end; row += Scratch.BLOCK_ROWS) {
            int rows = Math.min(Scratch.BLOCK_ROWS, end - row);
            locate(scratch, op, x, row, rows);
            for (int panel = firstPanel; panel < endPanel; panel++) {
                Panel.begin(scratch, out, row, rows, op.bias(), panel);
            }
            for (int ky = 0; ky < op.kernelHeight(); ky++) {
                kernelRow(scratch, op, x, out, row, rows, ky, firstPanel, endPanel);
            }
            // The last panel alone can be narrow, so one block of scratch serves.
            Panel.end(scratch, out, row, rows, endPanel - 1);
            VectorElementwise.finish(activation, residual, out, row, rows, firstPanel, endPanel);
        }
    }

    /// Finds where each output row's window begins.
    private static void locate(Scratch scratch, Conv2d op, Rows x, int row, int rows) {
        int width = op.widthOut();
        int height = op.heightOut();
        for (int i = 0; i < rows; i++) {
            int line = (row + i) / width;
            int y = line % height * op.stride() - op.pad();
            int column = (row + i) % width * op.stride() - op.pad();
            int sample = line / height;
            scratch.originY[i] = y;
            scratch.originX[i] = column;
            scratch.origin[i] = x.address((sample * op.heightIn() + y) * op.widthIn() + column);
        }
    }

    private static void kernelRow(
            Scratch scratch, Conv2d op, Rows x, Rows out, int row, int rows, int ky, int firstPanel, int endPanel) {
        boolean whole = op.cin() < FEW_CHANNELS && x.stride() == x.columns();
        if (whole) {
            int count = listWhole(scratch, op, x, rows, ky);
            int depth = op.kernelWidth() * op.cin();
            multiply(scratch, op, out, row, count, ky * depth, depth, firstPanel, endPanel);
        }
        for (int kx = 0; kx < op.kernelWidth(); kx++) {
            int count = list(scratch, op, x, rows, ky, kx, whole);
            int from = (ky * op.kernelWidth() + kx) * op.cin();
            multiply(scratch, op, out, row, count, from, op.cin(), firstPanel, endPanel);
        }
    }

    /// Lists the positions whose window has the whole kernel row inside the picture.
    private static int listWhole(Scratch scratch, Conv2d op, Rows x, int rows, int ky) {
        long offset = (long) ky * op.widthIn() * x.strideBytes();
        int count = 0;
        for (int i = 0; i < rows; i++) {
            int y = scratch.originY[i] + ky;
            if (y >= 0 && y < op.heightIn() && isWhole(op, scratch.originX[i])) {
                scratch.list[2 * count] = scratch.origin[i] + offset;
                scratch.list[2 * count + 1] = i;
                count++;
            }
        }
        return count;
    }

    /// Lists the positions that have an input under one tap, less those that were done with a whole row.
    private static int list(Scratch scratch, Conv2d op, Rows x, int rows, int ky, int kx, boolean lessWhole) {
        long offset = ((long) ky * op.widthIn() + kx) * x.strideBytes();
        int count = 0;
        for (int i = 0; i < rows; i++) {
            int y = scratch.originY[i] + ky;
            int column = scratch.originX[i] + kx;
            boolean inside = y >= 0 && y < op.heightIn() && column >= 0 && column < op.widthIn();
            if (inside && !(lessWhole && isWhole(op, scratch.originX[i]))) {
                scratch.list[2 * count] = scratch.origin[i] + offset;
                scratch.list[2 * count + 1] = i;
                count++;
            }
        }
        return count;
    }

    private static boolean isWhole(Conv2d op, int column) {
        return column >= 0 && column + op.kernelWidth() <= op.widthIn();
    }

    private static void multiply(
            Scratch scratch,
            Conv2d op,
            Rows out,
            int row,
            int count,
            int from,
            int depth,
            int firstPanel,
            int endPanel) {
        if (count == 0) {
            return;
        }
        Panels weights = op.weights();
        int whole = Math.min(endPanel, out.columns() / Panels.WIDTH);
        Product.panels(weights.type(), scratch.list, 0, count, weights.address(firstPanel, from),
                weights.panelBytes(), whole - firstPanel, depth, Panel.address(scratch, out, row, firstPanel),
                out.strideBytes());
        if (whole < endPanel) {
            Product.panels(weights.type(), scratch.list, 0, count, weights.address(whole, from),
                    weights.panelBytes(), 1, depth, Panel.address(scratch, out, row, whole), Panel.stride(out, whole));
        }
    }
}
