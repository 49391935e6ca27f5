package sinew.kernels;

/// Transposed convolutions over time, one phase at a time: outputs whose position has the same remainder
/// by the stride meet the same taps.
final class VectorConvTranspose1d {
    private static final int CHANNELS = 64;

    private VectorConvTranspose1d() {}

    static void convTranspose1d(ConvTranspose1d op, Rows x, Rows out, int batch, int part, int parts) {
        Scratch scratch = Scratch.ofThread();
        int timeOut = op.timeOut();
        int end = Parts.begin(op.weights().panels(), part + 1, parts);
        for (int panel = Parts.begin(op.weights().panels(), part, parts); panel < end; panel++) {
            // Samples of one panel share its weights, which stay cached between them.
            for (int sample = 0; sample < batch; sample++) {
                for (int time = 0; time < timeOut; time += Scratch.BLOCK_ROWS) {
                    int rows = Math.min(Scratch.BLOCK_ROWS, timeOut - time);
                    int row = sample * timeOut + time;
                    Panel.begin(scratch, out, row, rows, op.bias(), panel);
                    block(scratch, op, x, out, sample, time, rows, panel);
                    Panel.end(scratch, out, row, rows, panel);
                }
            }
        }
    }

    private static void block(
            Scratch scratch, ConvTranspose1d op, Rows x, Rows out, int sample, int time, int rows, int panel) {
        long to = Panel.address(scratch, out, sample * op.timeOut() + time, panel);
        long toStride = Panel.stride(out, panel);
        for (int channel = 0; channel < op.cin(); channel += CHANNELS) {
            int channels = Math.min(CHANNELS, op.cin() - channel);
            for (int first = 0; first < Math.min(op.stride(), rows); first++) {
                int phase = (time + first + op.pad()) % op.stride();
                int step = TimeTiles.STEPS * op.stride();
                for (int r = first; r < rows && phase < op.taps(); r += step) {
                    int taps = describe(scratch, op, x, sample, time + r, time + rows, phase, channel);
                    for (int i = 0; i < TimeTiles.STEPS; i++) {
                        int outRow = r + i * op.stride();
                        scratch.rows[TimeTiles.STEPS + i] =
                                outRow < rows ? to + outRow * toStride : scratch.spareRow;
                    }
                    TimeTiles.masked(
                            op.weights().type(),
                            scratch,
                            taps,
                            op.weights().address(panel, channel * op.taps()),
                            op.taps() * op.weights().rowBytes(),
                            channels);
                }
            }
        }
    }

    /// Sets addresses and taps for the four outputs `time`, `time + stride`, ... and returns how many taps
    /// this phase has. An output at or beyond `end` gets no input.
    private static int describe(
            Scratch scratch, ConvTranspose1d op, Rows x, int sample, int time, int end, int phase, int channel) {
        int taps = (op.taps() - phase + op.stride() - 1) / op.stride();
        int[] table = scratch.taps(taps);
        int input = (time + op.pad() - phase) / op.stride();
        for (int j = 0; j < taps; j++) {
            int mask = 0;
            for (int i = 0; i < TimeTiles.STEPS; i++) {
                int from = input + i - j;
                boolean exists = from >= 0 && from < op.timeIn() && time + i * op.stride() < end;
                mask |= exists ? 1 << i : 0;
            }
            table[3 * j] = mask;
            table[3 * j + 1] = Math.toIntExact(-j * x.strideBytes());
            table[3 * j + 2] = (phase + j * op.stride()) * op.weights().rowBytes();
        }
        for (int i = 0; i < TimeTiles.STEPS; i++) {
            scratch.rows[i] = x.address(sample * op.timeIn() + input + i) + (long) channel * Float.BYTES;
        }
        return taps;
    }
}
