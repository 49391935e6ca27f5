package sinew.kernels;

/// [Winograd2d] some blocks at a time: their patches are transformed, 64 outputs at a time multiplied point by
/// point, and the sums transformed back while they are in the caches.
final class VectorWinograd {
    private static final int POINTS = Winograd2d.POINTS;
    /// Panels that are multiplied at a time.
    static final int PANELS = 4;
    /// Weights above this size are divided among the parts, so that each core reads its own share of them, though
    /// each then transforms all patches; otherwise blocks are.
    private static final long LARGE_WEIGHTS = 4 << 20;

    private VectorWinograd() {}

    static void run(
            Winograd2d op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts) {
        int columns = (op.weights().panels() + PANELS - 1) / PANELS;
        boolean byPanels = op.weights().memory().byteSize() > LARGE_WEIGHTS && columns >= parts;
        int firstPanel = byPanels ? Parts.begin(columns, part, parts) * PANELS : 0;
        int endPanel = byPanels ? Parts.begin(columns, part + 1, parts) * PANELS : op.weights().panels();
        int blocks = batch * op.blocks();
        int from = byPanels ? 0 : Parts.begin(blocks, part, parts);
        int end = byPanels ? blocks : Parts.begin(blocks, part + 1, parts);
        WinogradScratch scratch = Scratch.ofThread().winograd;
        int most = scratch.begin(op, end - from);
        for (; from < end; from += most) {
            int count = Math.min(most, end - from);
            WinogradPatches.run(scratch, op, x, from, count);
            for (int panel = firstPanel; panel < Math.min(endPanel, op.weights().panels()); panel += PANELS) {
                int panels = Math.min(PANELS, op.weights().panels() - panel);
                multiply(scratch, op, count, panel, panels);
                WinogradOutputs.run(scratch, op, from, count, panel, panels, out, residual, activation);
            }
        }
    }

    /// sums[point][block] = W[point] patches[point][block]
    private static void multiply(WinogradScratch scratch, Winograd2d op, int count, int panel, int panels) {
        Panels weights = op.weights();
        long width = panels * Scratch.PANEL_BYTES;
        long row = (long) op.cin() * Float.BYTES;
        Simd.clear(scratch.sums, POINTS * count * width);
        for (int point = 0; point < POINTS; point++) {
            long patches = scratch.patches + point * count * row;
            for (int i = 0; i < count; i++) {
                scratch.list[2 * i] = patches + i * row;
                scratch.list[2 * i + 1] = i;
            }
            Product.panels(WeightType.F32, scratch.list, 0, count, weights.address(panel, point * op.cin()),
                    weights.panelBytes(), panels, op.cin(), scratch.sums + point * count * width, width);
        }
    }
}
