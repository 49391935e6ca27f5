package sinew.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Group normalisation in two passes (mean, then squared deviations).
///
/// The order of every sum is fixed so that a vector twin of any width gives the same bits: each channel
/// sums a block of positions in float, then the blocks' sums enter one double, channel by channel.
final class ScalarGroupNorm {
    /// Positions that are summed in float before they enter the double.
    static final int BLOCK = 64;

    private ScalarGroupNorm() {}

    static void mish(
            GroupNorm op,
            Rows x,
            Rows out,
            Rows film,
            boolean filmScale,
            Rows residual,
            int batch,
            int part,
            int parts) {
        int biasFrom = filmScale ? op.channels() : 0;
        int end = Parts.begin(batch * op.groups(), part + 1, parts);
        for (int unit = Parts.begin(batch * op.groups(), part, parts); unit < end; unit++) {
            Group group = Group.of(op, x, batch, unit);
            for (int row = group.row(); row < group.row() + group.rows(); row++) {
                for (int c = group.channel(); c < group.channel() + group.channels(); c++) {
                    float y = ScalarMath.mish(group.normalized(op, x, row, c));
                    if (film != null) {
                        float scale = filmScale ? film.at(group.sample(), c) : 1.0f;
                        y = Math.fma(y, scale, film.at(group.sample(), biasFrom + c));
                    }
                    out.set(row, c, residual == null ? y : y + residual.at(row, c));
                }
            }
        }
    }

    static void add(
            GroupNorm op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts) {
        int end = Parts.begin(batch * op.groups(), part + 1, parts);
        for (int unit = Parts.begin(batch * op.groups(), part, parts); unit < end; unit++) {
            Group group = Group.of(op, x, batch, unit);
            for (int row = group.row(); row < group.row() + group.rows(); row++) {
                for (int c = group.channel(); c < group.channel() + group.channels(); c++) {
                    float y = group.normalized(op, x, row, c);
                    float total = residual == null ? y : y + residual.at(row, c);
                    out.set(row, c, ScalarMath.activate(activation, total));
                }
            }
        }
    }

    /// One group of one sample, with its statistics.
    private record Group(
            int sample, int row, int rows, int channel, int channels, float mean, float inverseDeviation) {
        static Group of(GroupNorm op, Rows x, int batch, int unit) {
            int sample = unit / op.groups();
            int rows = x.rows() / batch;
            int channels = op.channels() / op.groups();
            int channel = unit % op.groups() * channels;
            double count = (double) rows * channels;
            Group range = new Group(sample, sample * rows, rows, channel, channels, 0, 0);
            float mean = (float) (range.sum(x, 0, false) / count);
            double variance = range.sum(x, mean, true) / count;
            float inverse = (float) (1.0 / Math.sqrt(variance + op.epsilon()));
            return new Group(sample, range.row, rows, channel, channels, mean, inverse);
        }

        private double sum(Rows x, float mean, boolean squared) {
            double total = 0;
            for (int from = row; from < row + rows; from += BLOCK) {
                int to = Math.min(from + BLOCK, row + rows);
                for (int c = channel; c < channel + channels; c++) {
                    total += blockSum(x, from, to, c, mean, squared);
                }
            }
            return total;
        }

        private static float blockSum(Rows x, int from, int to, int c, float mean, boolean squared) {
            float sum = 0;
            for (int r = from; r < to; r++) {
                float deviation = x.at(r, c) - mean;
                sum = squared ? Math.fma(deviation, deviation, sum) : sum + x.at(r, c);
            }
            return sum;
        }

        float normalized(GroupNorm op, Rows x, int r, int c) {
            float factor = at(op.gamma(), c) * inverseDeviation;
            return Math.fma(x.at(r, c) - mean, factor, at(op.beta(), c));
        }

        private static float at(MemorySegment vector, int index) {
            return vector.getAtIndex(ValueLayout.JAVA_FLOAT, index);
        }
    }
}
