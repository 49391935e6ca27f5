package sinew.kernels;

/// 2-D convolutions, tap by tap: for a block of output positions, wherever they lie, those that have an
/// input under the tap are listed once and then multiplied with every panel. Padding costs nothing, small
/// pictures fill whole tiles across rows and samples, and a tap's weights are used for the whole block.
final class VectorConv2d {
    /// Below this many input channels a tap is too little work for a tile: where no edge cuts a window, its inputs
    /// are copied together and multiplied at a time.
    private static final int FEW_CHANNELS = 32;
    /// Patches that are copied at a time, so that they stay in the first-level cache.
    private static final int PATCHES = 60;
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
        boolean gathers = op.cin() < FEW_CHANNELS && x.stride() == x.columns() && op.kernelWidth() > 1;
        for (; row < end; row += Scratch.BLOCK_ROWS) {
            int rows = Math.min(Scratch.BLOCK_ROWS, end - row);
            locate(scratch, op, x, row, rows);
            for (int panel = firstPanel; panel < endPanel; panel++) {
                Panel.begin(scratch, out, row, rows, op.bias(), panel);
            }
            int edges = gathers
                    ? whole(scratch, op, x, out, row, rows, firstPanel, endPanel)
                    : allEdges(scratch, rows);
            for (int tap = 0; tap < op.kernelHeight() * op.kernelWidth() && edges > 0; tap++) {
                int count = list(scratch, op, x, edges, tap / op.kernelWidth(), tap % op.kernelWidth());
                multiply(scratch, op, out, row, count, tap * op.cin(), op.cin(), firstPanel, endPanel);
            }
            // The last panel alone can be narrow, so one block of scratch serves.
            Panel.end(scratch, out, row, rows, endPanel - 1);
            VectorElementwise.finish(activation, residual, out, row, rows, firstPanel, endPanel);
        }
    }

    private static int allEdges(Scratch scratch, int rows) {
        for (int i = 0; i < rows; i++) {
            scratch.edges[i] = i;
            scratch.edgeOrigin[i] = scratch.origin[i];
        }
        return rows;
    }

    /// Finds where each output row's window begins.
    private static void locate(Scratch scratch, Conv2d op, Rows x, int row, int rows) {
        int line = row / op.widthOut();
        int column = row % op.widthOut();
        for (int i = 0; i < rows; i++) {
            int y = line % op.heightOut() * op.stride() - op.pad();
            int left = column * op.stride() - op.pad();
            scratch.originY[i] = y;
            scratch.originX[i] = left;
            scratch.origin[i] = x.address((line / op.heightOut() * op.heightIn() + y) * op.widthIn() + left);
            column++;
            if (column == op.widthOut()) {
                column = 0;
                line++;
            }
        }
    }

    /// Multiplies the patches of positions whose window lies inside the picture, and lists the others as edges.
    ///
    /// @return the number of edges
    private static int whole(Scratch scratch, Conv2d op, Rows x, Rows out, int row, int rows, int first, int end) {
        int count = 0;
        for (int i = 0; i < rows; i++) {
            int y = scratch.originY[i];
            int column = scratch.originX[i];
            boolean whole = y >= 0 && y + op.kernelHeight() <= op.heightIn()
                    && column >= 0 && column + op.kernelWidth() <= op.widthIn();
            if (whole) {
                scratch.origin[count] = scratch.origin[i];
                scratch.whole[count++] = i;
            } else {
                scratch.edges[i - count] = i;
                scratch.edgeOrigin[i - count] = scratch.origin[i];
            }
        }
        for (int from = 0; from < count; from += PATCHES) {
            int patches = Math.min(PATCHES, count - from);
            gather(scratch, op, x, from, patches);
            multiply(scratch, op, out, row, patches, 0, op.weights().depth(), first, end);
        }
        return rows - count;
    }

    /// Copies the runs of some patches behind one another, the same piece of all patches in one loop: a loop over the
    /// few pieces of one patch would cost more to begin than to run.
    private static void gather(Scratch scratch, Conv2d op, Rows x, int first, int count) {
        int run = op.kernelWidth() * op.cin();
        int lanes = Math.min(run, Simd.LANES);
        long patchBytes = (long) op.weights().depth() * Float.BYTES;
        long to = scratch.patches(PATCHES * op.weights().depth());
        for (int line = 0; line < op.kernelHeight(); line++) {
            for (int i = 0; i < run; i += lanes) {
                long offset = (long) Math.min(i, run - lanes) * Float.BYTES;
                copy(scratch.origin, first, count, line * op.widthIn() * x.strideBytes() + offset,
                        to + (long) line * run * Float.BYTES + offset, patchBytes, lanes);
            }
        }
        for (int i = 0; i < count; i++) {
            scratch.list[2 * i] = to + i * patchBytes;
            scratch.list[2 * i + 1] = scratch.whole[first + i];
        }
    }

    /// One vector, or fewer floats, to each patch.
    private static void copy(long[] origin, int first, int count, long offset, long to, long step, int floats) {
        if (floats == Simd.LANES) {
            for (int i = 0; i < count; i++) {
                Simd.store(Simd.load(origin[first + i] + offset), to + i * step);
            }
            return;
        }
        for (int i = 0; i < count; i++) {
            for (long at = 0; at < (long) floats * Float.BYTES; at += Float.BYTES) {
                Simd.set(to + i * step + at, Simd.get(origin[first + i] + offset + at));
            }
        }
    }

    /// Lists those edges that have an input under one tap.
    private static int list(Scratch scratch, Conv2d op, Rows x, int edges, int ky, int kx) {
        long offset = ((long) ky * op.widthIn() + kx) * x.strideBytes();
        int count = 0;
        for (int e = 0; e < edges; e++) {
            int i = scratch.edges[e];
            int y = scratch.originY[i] + ky;
            int column = scratch.originX[i] + kx;
            if (y >= 0 && y < op.heightIn() && column >= 0 && column < op.widthIn()) {
                scratch.list[2 * count] = scratch.edgeOrigin[e] + offset;
                scratch.list[2 * count + 1] = i;
                count++;
            }
        }
        return count;
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
