package sinew.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// For each tap of a convolution over time, which row of the input meets which row of the output; see [Product].
/// Whatever a convolution's stride, padding or direction, only this differs.
///
/// One per thread, and used again by every call.
final class TapLists {
    private long[] pairs = new long[512];
    private int[] ends = new int[16];
    private int taps;
    private int used;

    /// Rows of the input, or a copy that is padded with zeros to whole groups of depths.
    private long base;
    private long stride;
    private MemorySegment copy = MemorySegment.NULL;

    /// @param group depths that weights store together: beyond the last column the tile reads what must be 0
    void begin(Rows x, int group) {
        taps = 0;
        used = 0;
        base = x.address(0);
        stride = x.strideBytes();
        if (x.columns() % group != 0) {
            copy(x, (x.columns() + group - 1) / group * group);
        }
    }

    private void copy(Rows x, int columns) {
        long need = (long) x.rows() * columns * Float.BYTES;
        if (copy.byteSize() < need) {
            copy = NativeMemory.floats(Arena.ofAuto(), need / Float.BYTES);
        }
        base = copy.address();
        stride = (long) columns * Float.BYTES;
        for (int row = 0; row < x.rows(); row++) {
            for (int c = 0; c < columns; c++) {
                Simd.set(base + row * stride + (long) c * Float.BYTES, c < x.columns() ? x.at(row, c) : 0);
            }
        }
    }

    /// @param outRow index from the beginning of the block of outputs
    private void add(int row, int outRow) {
        if (used + 2 > pairs.length) {
            pairs = Arrays.copyOf(pairs, 2 * pairs.length);
        }
        pairs[used] = base + row * stride;
        pairs[used + 1] = outRow;
        used += 2;
    }

    private void endTap() {
        if (taps == ends.length) {
            ends = Arrays.copyOf(ends, 2 * taps);
        }
        ends[taps++] = used;
    }

    int taps() {
        return taps;
    }

    long[] pairs() {
        return pairs;
    }

    int first(int tap) {
        return tap == 0 ? 0 : ends[tap - 1];
    }

    int rows(int tap) {
        return (ends[tap] - first(tap)) / 2;
    }

    /// The rows of a convolution that produces `rows` outputs from `row` on, of any samples.
    void convolution(Conv1d op, int row, int rows) {
        int timeOut = op.timeOut();
        for (int tap = 0; tap < op.taps(); tap++) {
            int sample = row / timeOut;
            int time = row % timeOut;
            for (int i = 0; i < rows; i++) {
                int from = time * op.stride() - op.pad() + tap;
                if (from >= 0 && from < op.timeIn()) {
                    add(sample * op.timeIn() + from, i);
                }
                time++;
                if (time == timeOut) {
                    time = 0;
                    sample++;
                }
            }
            endTap();
        }
    }

    /// The same of a transposed convolution.
    void transposed(ConvTranspose1d op, int row, int rows) {
        int timeOut = op.timeOut();
        for (int tap = 0; tap < op.taps(); tap++) {
            for (int i = 0; i < rows; i++) {
                int sample = (row + i) / timeOut;
                int scaled = (row + i) % timeOut + op.pad() - tap;
                if (scaled >= 0 && scaled % op.stride() == 0 && scaled / op.stride() < op.timeIn()) {
                    add(sample * op.timeIn() + scaled / op.stride(), i);
                }
            }
            endTap();
        }
    }

    /// A layer without taps: row by row.
    void rows(int row, int rows) {
        for (int i = 0; i < rows; i++) {
            add(row + i, i);
        }
        endTap();
    }
}
