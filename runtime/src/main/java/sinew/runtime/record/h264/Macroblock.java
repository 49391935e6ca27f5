package sinew.runtime.record.h264;

/// One macroblock: prediction, quantised levels and the reconstruction that the decoder will see too.
final class Macroblock {
    final int[] lumaDc = new int[16]; // levels in zigzag order, intra 16x16 only
    final int[] luma = new int[256]; // [block in raster order][16 levels in zigzag order]
    final int[][] chromaDc = new int[2][4]; // Cb, Cr
    final int[][] chroma = new int[2][64]; // [block][16]
    /// One bit per 8x8 block with levels; all or none for intra 16x16.
    int codedLuma;
    /// 0 none, 1 DC alone, 2 DC and AC.
    int codedChroma;

    private final int[] prediction = new int[256];
    private final int[] candidate = new int[256];
    private final int[][] chromaPrediction = new int[2][64];
    private final int[] block = new int[16];
    private final int[] dc = new int[16];
    private final int[] chromaDcs = new int[4];

    /// Chooses among vertical (0), horizontal (1) and DC (2) prediction of luma from the neighbours in `recon`.
    ///
    /// @return the mode; its cost is [#lumaCost]
    int predictIntra(YuvPicture source, YuvPicture recon, int x, int y) {
        int best = -1;
        int bestCost = Integer.MAX_VALUE;
        for (int mode = 2; mode >= 0; mode--) {
            if (mode == 0 && y == 0 || mode == 1 && x == 0) {
                continue;
            }
            Prediction.intraLuma(recon, x, y, mode, candidate);
            int cost = Prediction.cost(source, x, y, candidate);
            if (cost < bestCost) {
                bestCost = cost;
                best = mode;
                System.arraycopy(candidate, 0, prediction, 0, 256);
            }
        }
        Prediction.intraChroma(recon.blue(), recon.stride() / 2, x / 2, y / 2, chromaPrediction[0]);
        Prediction.intraChroma(recon.red(), recon.stride() / 2, x / 2, y / 2, chromaPrediction[1]);
        return best;
    }

    /// Predicts from the same place in the picture before.
    void predictInter(YuvPicture before, int x, int y) {
        int stride = before.stride();
        Prediction.copy(before.luma(), stride, x, y, 16, prediction);
        Prediction.copy(before.blue(), stride / 2, x / 2, y / 2, 8, chromaPrediction[0]);
        Prediction.copy(before.red(), stride / 2, x / 2, y / 2, 8, chromaPrediction[1]);
    }

    /// Sum of absolute differences of the chosen prediction.
    int lumaCost(YuvPicture source, int x, int y) {
        return Prediction.cost(source, x, y, prediction);
    }

    void codeIntraLuma(YuvPicture source, YuvPicture recon, int x, int y, int qp) {
        boolean any = false;
        for (int b = 0; b < 16; b++) {
            int px = b % 4 * 4;
            int py = b / 4 * 4;
            difference(source.luma(), source.stride(), x + px, y + py, prediction, 16, px, py);
            Transform.forward(block);
            dc[b] = block[0];
            any |= Transform.quantise(block, qp, true, 1, luma, b * 16);
        }
        codedLuma = any ? 15 : 0;
        Transform.lumaDc(dc, qp, lumaDc);
        for (int b = 0; b < 16; b++) {
            Transform.dequantise(luma, b * 16, qp, 1, block);
            block[0] = dc[b];
            restore(recon.luma(), recon.stride(), x, y, prediction, 16, b % 4 * 4, b / 4 * 4);
        }
    }

    void codeInterLuma(YuvPicture source, YuvPicture recon, int x, int y, int qp) {
        codedLuma = 0;
        for (int b = 0; b < 16; b++) {
            int px = b % 4 * 4;
            int py = b / 4 * 4;
            difference(source.luma(), source.stride(), x + px, y + py, prediction, 16, px, py);
            Transform.forward(block);
            if (Transform.quantise(block, qp, false, 0, luma, b * 16)) {
                codedLuma |= 1 << (b / 8 * 2 + b % 4 / 2);
            }
            Transform.dequantise(luma, b * 16, qp, 0, block);
            restore(recon.luma(), recon.stride(), x, y, prediction, 16, px, py);
        }
    }

    void codeChroma(YuvPicture source, YuvPicture recon, int x, int y, int lumaQp, boolean intra) {
        int qp = Transform.chromaQp(lumaQp);
        int stride = source.stride() / 2;
        codedChroma = 0;
        for (int plane = 0; plane < 2; plane++) {
            byte[] from = plane == 0 ? source.blue() : source.red();
            byte[] to = plane == 0 ? recon.blue() : recon.red();
            for (int b = 0; b < 4; b++) {
                int px = b % 2 * 4;
                int py = b / 2 * 4;
                difference(from, stride, x / 2 + px, y / 2 + py, chromaPrediction[plane], 8, px, py);
                Transform.forward(block);
                chromaDcs[b] = block[0];
                if (Transform.quantise(block, qp, intra, 1, chroma[plane], b * 16)) {
                    codedChroma = 2;
                }
            }
            if (Transform.chromaDc(chromaDcs, qp, intra, chromaDc[plane])) {
                codedChroma = Math.max(1, codedChroma);
            }
            for (int b = 0; b < 4; b++) {
                Transform.dequantise(chroma[plane], b * 16, qp, 1, block);
                block[0] = chromaDcs[b];
                restore(to, stride, x / 2, y / 2, chromaPrediction[plane], 8, b % 2 * 4, b / 2 * 4);
            }
        }
    }

    private void difference(byte[] plane, int stride, int x, int y, int[] predicted, int width, int px, int py) {
        for (int row = 0; row < 4; row++) {
            int at = (y + row) * stride + x;
            int p = (py + row) * width + px;
            for (int column = 0; column < 4; column++) {
                block[row * 4 + column] = (plane[at + column] & 255) - predicted[p + column];
            }
        }
    }

    /// Turns dequantised coefficients in `block` into samples.
    private void restore(byte[] plane, int stride, int x, int y, int[] predicted, int width, int px, int py) {
        Transform.inverse(block);
        for (int row = 0; row < 4; row++) {
            int at = (y + py + row) * stride + x + px;
            int p = (py + row) * width + px;
            for (int column = 0; column < 4; column++) {
                plane[at + column] = (byte) Math.clamp(predicted[p + column] + block[row * 4 + column], 0, 255);
            }
        }
    }
}
