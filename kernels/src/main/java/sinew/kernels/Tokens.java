package sinew.kernels;

import java.lang.foreign.MemorySegment;

/// Tokens that only change their place, the same for every implementation.
final class Tokens {
    private Tokens() {}

    static void copy(Rows x, int from, Rows out, int to, int count, int batch, int part, int parts) {
        int tokensIn = x.rows() / batch;
        int tokensOut = out.rows() / batch;
        int end = Parts.begin(batch * count, part + 1, parts);
        for (int unit = Parts.begin(batch * count, part, parts); unit < end; unit++) {
            long read = (long) (unit / count * tokensIn + from + unit % count) * x.strideBytes();
            long write = (long) (unit / count * tokensOut + to + unit % count) * out.strideBytes();
            MemorySegment.copy(x.memory(), read, out.memory(), write, (long) x.columns() * Float.BYTES);
        }
    }
}
