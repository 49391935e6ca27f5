package sinew.runtime.record.h264;

import org.jcodec.codecs.h264.H264Const;
import org.jcodec.common.io.VLC;

/// Context-adaptive variable-length codes of quantised levels (H.264, 9.2). JCodec has the code tables.
final class Cavlc {
    /// Context of a chroma DC block.
    static final int CHROMA_DC = -1;

    private static final int LONGEST_PREFIX = 15;

    private final BitSink out;
    private final int[] values = new int[16]; // non-zero levels, highest frequency first
    private final int[] runs = new int[16]; // zeros before each

    Cavlc(BitSink out) {
        this.out = out;
    }

    /// Writes a block.
    ///
    /// @param levels in scan order from `from` on, `count` of them
    /// @param context mean number of levels of the neighbours, or CHROMA_DC
    /// @return how many levels are not zero
    int block(int[] levels, int from, int count, int context) {
        int total = 0;
        int totalZeros = 0;
        for (int i = count - 1; i >= 0; i--) {
            int level = levels[from + i];
            if (level != 0) {
                values[total] = level;
                runs[total] = 0;
                total++;
            } else if (total > 0) {
                runs[total - 1]++;
                totalZeros++;
            }
        }
        int ones = trailingOnes(total);
        token(total, ones, context);
        if (total == 0) {
            return 0;
        }
        levels(total, ones);
        if (total < count) {
            VLC[] table = context == CHROMA_DC ? H264Const.totalZeros4 : H264Const.totalZeros16;
            code(table[total - 1], totalZeros);
        }
        int zeros = totalZeros;
        for (int i = 0; i < total - 1 && zeros > 0; i++) {
            code(H264Const.run[Math.min(6, zeros - 1)], runs[i]);
            zeros -= runs[i];
        }
        return total;
    }

    private int trailingOnes(int total) {
        int ones = 0;
        while (ones < total && ones < 3 && Math.abs(values[ones]) == 1) {
            ones++;
        }
        return ones;
    }

    private void token(int total, int ones, int context) {
        VLC table = context == CHROMA_DC
                ? H264Const.coeffTokenChromaDCY420
                : H264Const.CoeffToken[Math.min(8, context)];
        int index = switch (total) {
            case 0 -> 0;
            case 1 -> 1 + ones;
            case 2 -> 3 + ones;
            default -> 6 + 4 * (total - 3) + ones;
        };
        code(table, index);
    }

    private void levels(int total, int ones) {
        for (int i = 0; i < ones; i++) {
            out.u(1, values[i] < 0 ? 1 : 0);
        }
        int suffixLength = total > 10 && ones < 3 ? 1 : 0;
        for (int i = ones; i < total; i++) {
            int level = values[i];
            int code = level > 0 ? 2 * level - 2 : -2 * level - 1;
            if (i == ones && ones < 3) {
                code -= 2; // it cannot be one more trailing one
            }
            level(code, suffixLength);
            if (suffixLength == 0) {
                suffixLength = 1;
            }
            if (suffixLength < 6 && Math.abs(level) > 3 << suffixLength - 1) {
                suffixLength++;
            }
        }
    }

    private void level(int code, int suffixLength) {
        if (suffixLength == 0 && code < 14) {
            out.u(code + 1, 1);
        } else if (suffixLength == 0 && code < 30) {
            out.u(LONGEST_PREFIX, 1);
            out.u(4, code - 14);
        } else if (suffixLength > 0 && code < LONGEST_PREFIX << suffixLength) {
            out.u((code >> suffixLength) + 1, 1);
            out.u(suffixLength, code);
        } else {
            out.u(LONGEST_PREFIX + 1, 1);
            out.u(12, code - (suffixLength == 0 ? 30 : LONGEST_PREFIX << suffixLength));
        }
    }

    private void code(VLC table, int index) {
        int length = table.getCodeSizes()[index];
        out.u(length, table.getCodes()[index] >>> 32 - length);
    }
}
