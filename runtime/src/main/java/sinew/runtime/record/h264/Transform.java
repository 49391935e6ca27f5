package sinew.runtime.record.h264;

/// The integer transforms and quantisers of H.264 (8.5), forward and back. Blocks are [16] in raster order.
final class Transform {
    /// Raster position of the k-th level in zigzag order.
    static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};

    private static final int[][] QUANT = {
        {13107, 5243, 8066}, {11916, 4660, 7490}, {10082, 4194, 6554},
        {9362, 3647, 5825}, {8192, 3355, 5243}, {7282, 2893, 4559}
    };
    private static final int[][] DEQUANT = {
        {10, 16, 13}, {11, 18, 14}, {13, 20, 16}, {14, 23, 18}, {16, 25, 20}, {18, 29, 23}
    };
    private static final int[] CHROMA_QP = {
        29, 30, 31, 32, 32, 33, 34, 34, 35, 35, 36, 36, 37, 37, 37, 38, 38, 38, 39, 39, 39, 39
    };
    private static final int[] KIND = {0, 2, 0, 2, 2, 1, 2, 1, 0, 2, 0, 2, 2, 1, 2, 1}; // column of the tables

    private Transform() {}

    static int chromaQp(int qp) {
        return qp < 30 ? qp : CHROMA_QP[qp - 30];
    }

    static void forward(int[] b) {
        for (int i = 0; i < 16; i += 4) {
            butterfly(b, i, 1);
        }
        for (int i = 0; i < 4; i++) {
            butterfly(b, i, 4);
        }
    }

    private static void butterfly(int[] b, int at, int step) {
        int s03 = b[at] + b[at + 3 * step];
        int d03 = b[at] - b[at + 3 * step];
        int s12 = b[at + step] + b[at + 2 * step];
        int d12 = b[at + step] - b[at + 2 * step];
        b[at] = s03 + s12;
        b[at + step] = 2 * d03 + d12;
        b[at + 2 * step] = s03 - s12;
        b[at + 3 * step] = d03 - 2 * d12;
    }

    /// Back from dequantised coefficients to differences of samples.
    static void inverse(int[] b) {
        for (int i = 0; i < 16; i += 4) {
            inverseButterfly(b, i, 1);
        }
        for (int i = 0; i < 4; i++) {
            inverseButterfly(b, i, 4);
        }
        for (int i = 0; i < 16; i++) {
            b[i] = b[i] + 32 >> 6;
        }
    }

    private static void inverseButterfly(int[] b, int at, int step) {
        int even = b[at] + b[at + 2 * step];
        int odd = b[at] - b[at + 2 * step];
        int low = (b[at + step] >> 1) - b[at + 3 * step];
        int high = b[at + step] + (b[at + 3 * step] >> 1);
        b[at] = even + high;
        b[at + step] = odd + low;
        b[at + 2 * step] = odd - low;
        b[at + 3 * step] = even - high;
    }

    /// Quantises positions `first` to 15 of the zigzag order into `levels`.
    ///
    /// @param intra rounds at a third of a step, otherwise at a sixth
    /// @return whether any level is not zero
    static boolean quantise(int[] b, int qp, boolean intra, int first, int[] levels, int at) {
        int shift = 15 + qp / 6;
        int round = (1 << shift) / (intra ? 3 : 6);
        int[] table = QUANT[qp % 6];
        int any = 0;
        for (int k = first; k < 16; k++) {
            int i = ZIGZAG[k];
            int size = Math.abs(b[i]) * table[KIND[i]] + round >> shift;
            int level = b[i] < 0 ? -size : size;
            levels[at + k] = level;
            any |= size;
        }
        return any != 0;
    }

    /// The way back; position 0 is left alone when `first` is 1.
    static void dequantise(int[] levels, int at, int qp, int first, int[] b) {
        int shift = qp / 6;
        int[] table = DEQUANT[qp % 6];
        for (int k = first; k < 16; k++) {
            int i = ZIGZAG[k];
            b[i] = levels[at + k] * table[KIND[i]] << shift;
        }
    }

    /// The 16 DC coefficients of an intra 16x16 macroblock, [16] in raster order of the blocks, to levels in
    /// zigzag order and back to dequantised coefficients in place.
    static void lumaDc(int[] dc, int qp, int[] levels) {
        hadamard4(dc);
        int shift = 16 + qp / 6;
        int round = (1 << shift) / 3;
        for (int k = 0; k < 16; k++) {
            int value = dc[ZIGZAG[k]];
            int halved = Math.abs(value) + 1 >> 1;
            int size = (int) ((long) halved * QUANT[qp % 6][0] + round >> shift);
            levels[k] = value < 0 ? -size : size;
        }
        for (int k = 0; k < 16; k++) {
            dc[ZIGZAG[k]] = levels[k];
        }
        hadamard4(dc);
        int scale = 16 * DEQUANT[qp % 6][0];
        int q = qp / 6;
        for (int i = 0; i < 16; i++) {
            dc[i] = q >= 6 ? dc[i] * scale << q - 6 : dc[i] * scale + (1 << 5 - q) >> 6 - q;
        }
    }

    /// As lumaDc for the four DC coefficients of a chroma component.
    ///
    /// @return whether any level is not zero
    static boolean chromaDc(int[] dc, int qp, boolean intra, int[] levels) {
        hadamard2(dc);
        int shift = 16 + qp / 6;
        int round = (1 << shift) / (intra ? 3 : 6);
        int any = 0;
        for (int i = 0; i < 4; i++) {
            int size = Math.abs(dc[i]) * QUANT[qp % 6][0] + round >> shift;
            levels[i] = dc[i] < 0 ? -size : size;
            dc[i] = levels[i];
            any |= size;
        }
        hadamard2(dc);
        for (int i = 0; i < 4; i++) {
            dc[i] = (dc[i] * 16 * DEQUANT[qp % 6][0] << qp / 6) >> 5;
        }
        return any != 0;
    }

    private static void hadamard2(int[] b) {
        int s01 = b[0] + b[1];
        int d01 = b[0] - b[1];
        int s23 = b[2] + b[3];
        int d23 = b[2] - b[3];
        b[0] = s01 + s23;
        b[1] = d01 + d23;
        b[2] = s01 - s23;
        b[3] = d01 - d23;
    }

    private static void hadamard4(int[] b) {
        for (int i = 0; i < 16; i += 4) {
            hadamardLine(b, i, 1);
        }
        for (int i = 0; i < 4; i++) {
            hadamardLine(b, i, 4);
        }
    }

    private static void hadamardLine(int[] b, int at, int step) {
        int s01 = b[at] + b[at + step];
        int d01 = b[at] - b[at + step];
        int s23 = b[at + 2 * step] + b[at + 3 * step];
        int d23 = b[at + 2 * step] - b[at + 3 * step];
        b[at] = s01 + s23;
        b[at + step] = s01 - s23;
        b[at + 2 * step] = d01 - d23;
        b[at + 3 * step] = d01 + d23;
    }
}
