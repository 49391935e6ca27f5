package sinew.runtime.record.h264;

import java.util.Arrays;

/// Writes the macroblocks of one picture as one slice (H.264, 7.3.4 and 7.3.5).
final class SliceCoder {
    /// coded_block_pattern of inter macroblocks by code number (table 9-4).
    private static final int[] INTER_PATTERN = {
        0, 16, 1, 2, 4, 8, 32, 3, 5, 10, 12, 15, 47, 7, 11, 13, 14, 6, 9, 31, 35, 37, 42, 44, 33, 34, 36, 40, 39, 43,
        45, 46, 17, 18, 20, 24, 19, 21, 26, 28, 23, 27, 29, 30, 22, 25, 38, 41
    };
    private static final int[] INTER_CODE = inverse(INTER_PATTERN);
    /// Intra costs more bits for the mode and its DCs.
    private static final int INTRA_HANDICAP = 256;

    private final BitSink bits;
    private final Cavlc cavlc;
    private final Macroblock mb = new Macroblock();
    private final int columns;
    private final int rows;
    private final byte[] lumaCounts; // levels of each 4x4 block, [4 rows][4 columns]
    private final byte[][] chromaCounts; // Cb and Cr, [2 rows][2 columns]
    private int skipped;

    SliceCoder(BitSink bits, int columns, int rows) {
        this.bits = bits;
        this.cavlc = new Cavlc(bits);
        this.columns = columns;
        this.rows = rows;
        this.lumaCounts = new byte[16 * columns * rows];
        this.chromaCounts = new byte[2][4 * columns * rows];
    }

    /// @param before the reconstruction of the picture before, or null for a picture that needs none
    /// @param recon  receives what the decoder will show
    void code(YuvPicture source, YuvPicture before, YuvPicture recon, int qp) {
        Arrays.fill(lumaCounts, (byte) 0);
        Arrays.fill(chromaCounts[0], (byte) 0);
        Arrays.fill(chromaCounts[1], (byte) 0);
        skipped = 0;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                if (before == null) {
                    intra(source, recon, column, row, qp, 0);
                } else {
                    interOrIntra(source, before, recon, column, row, qp);
                }
            }
        }
        if (skipped > 0) {
            bits.ue(skipped);
        }
        bits.trailing();
    }

    private void interOrIntra(YuvPicture source, YuvPicture before, YuvPicture recon, int column, int row, int qp) {
        int x = column * 16;
        int y = row * 16;
        mb.predictInter(before, x, y);
        int interCost = mb.lumaCost(source, x, y);
        if (interCost > INTRA_HANDICAP) {
            mb.predictIntra(source, recon, x, y);
            if (mb.lumaCost(source, x, y) + INTRA_HANDICAP < interCost) {
                bits.ue(skipped);
                skipped = 0;
                intra(source, recon, column, row, qp, 5);
                return;
            }
            mb.predictInter(before, x, y);
        }
        mb.codeInterLuma(source, recon, x, y, qp);
        mb.codeChroma(source, recon, x, y, qp, false);
        int pattern = mb.codedLuma | mb.codedChroma << 4;
        if (pattern == 0) {
            skipped++;
            return;
        }
        bits.ue(skipped);
        skipped = 0;
        bits.ue(0); // P_L0_16x16
        bits.se(0); // no motion; nor do the neighbours have any
        bits.se(0);
        bits.ue(INTER_CODE[pattern]);
        bits.se(0); // mb_qp_delta
        lumaBlocks(column, row, 0, 16);
        chromaBlocks(column, row);
    }

    /// @param firstType of the intra macroblock types in this kind of slice
    private void intra(YuvPicture source, YuvPicture recon, int column, int row, int qp, int firstType) {
        int x = column * 16;
        int y = row * 16;
        int mode = mb.predictIntra(source, recon, x, y);
        mb.codeIntraLuma(source, recon, x, y, qp);
        mb.codeChroma(source, recon, x, y, qp, true);
        bits.ue(firstType + 1 + mode + 4 * mb.codedChroma + (mb.codedLuma == 0 ? 0 : 12));
        bits.ue(0); // chroma prediction: DC
        bits.se(0); // mb_qp_delta
        int block = row * 4 * columns * 4 + column * 4;
        cavlc.block(mb.lumaDc, 0, 16, context(lumaCounts, columns * 4, block));
        lumaBlocks(column, row, 1, 15);
        chromaBlocks(column, row);
    }

    private void lumaBlocks(int column, int row, int first, int count) {
        int stride = columns * 4;
        for (int i = 0; i < 16; i++) {
            if ((mb.codedLuma >> i / 4 & 1) != 0) {
                int bx = (i & 1) + (i >> 1 & 2);
                int by = (i >> 1 & 1) + (i >> 2 & 2);
                int at = (row * 4 + by) * stride + column * 4 + bx;
                int context = context(lumaCounts, stride, at);
                lumaCounts[at] = (byte) cavlc.block(mb.luma, (by * 4 + bx) * 16 + first, count, context);
            }
        }
    }

    private void chromaBlocks(int column, int row) {
        if (mb.codedChroma == 0) {
            return;
        }
        cavlc.block(mb.chromaDc[0], 0, 4, Cavlc.CHROMA_DC);
        cavlc.block(mb.chromaDc[1], 0, 4, Cavlc.CHROMA_DC);
        if (mb.codedChroma == 1) {
            return;
        }
        int stride = columns * 2;
        for (int plane = 0; plane < 2; plane++) {
            byte[] counts = chromaCounts[plane];
            for (int b = 0; b < 4; b++) {
                int at = (row * 2 + b / 2) * stride + column * 2 + b % 2;
                counts[at] = (byte) cavlc.block(mb.chroma[plane], b * 16 + 1, 15, context(counts, stride, at));
            }
        }
    }

    /// Mean number of levels of the blocks on the left and above.
    private static int context(byte[] counts, int stride, int at) {
        boolean left = at % stride > 0;
        boolean above = at >= stride;
        if (left && above) {
            return counts[at - 1] + counts[at - stride] + 1 >> 1;
        }
        return left ? counts[at - 1] : above ? counts[at - stride] : 0;
    }

    private static int[] inverse(int[] map) {
        int[] inverse = new int[map.length];
        for (int i = 0; i < map.length; i++) {
            inverse[map[i]] = i;
        }
        return inverse;
    }
}
