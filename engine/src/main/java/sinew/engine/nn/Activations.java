package sinew.engine.nn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import sinew.kernels.Device;
import sinew.kernels.Rows;

/// The place of one intermediate result: [B, positions, channels] for any B up to a maximum, channels last.
/// Positions are time steps, or pixels in row-major order, or 1 for a plain vector.
public final class Activations {
    private final int positions;
    private final int channels;
    private final Rows whole;
    private final Rows[] byBatch; // [maxBatch], views made once so that a run allocates nothing
    private final Device device;

    private Activations(Device device, Rows whole, int maxBatch, int positions) {
        this.device = device;
        this.positions = positions;
        this.channels = whole.columns();
        this.whole = whole;
        this.byBatch = new Rows[maxBatch];
        for (int b = 0; b < maxBatch; b++) {
            byBatch[b] = new Rows(whole.memory(), (b + 1) * positions, channels, whole.stride());
        }
    }

    /// Zeros in a device's memory that live as long as `arena`.
    public static Activations allocate(Device device, Arena arena, int maxBatch, int positions, int channels) {
        int stride = Rows.strideFor(channels);
        int rows = Math.multiplyExact(maxBatch, positions);
        MemorySegment memory = device.allocate(arena, (long) rows * stride * Float.BYTES);
        return new Activations(device, new Rows(memory, rows, channels, stride), maxBatch, positions);
    }

    static Activations over(Device device, MemorySegment memory, int maxBatch, int positions, int channels) {
        Rows all = Rows.dense(memory, Math.multiplyExact(maxBatch, positions), channels);
        return new Activations(device, all, maxBatch, positions);
    }

    /// A view of channels from..from+count-1: how networks write into one half of a concatenation.
    Activations channels(int from, int count) {
        return new Activations(device, whole.channels(from, count), maxBatch(), positions);
    }

    /// A view of one sample: [1, positions, channels].
    Activations sample(int b) {
        long start = (long) b * positions * whole.stride() * Float.BYTES;
        Rows one = new Rows(whole.memory().asSlice(start), positions, channels, whole.stride());
        return new Activations(device, one, 1, positions);
    }

    /// A view of positions from..from+count-1 of the first sample: [1, count, channels].
    Activations positions(int from, int count) {
        long start = (long) from * whole.stride() * Float.BYTES;
        Rows some = new Rows(whole.memory().asSlice(start), count, channels, whole.stride());
        return new Activations(device, some, 1, count);
    }

    /// One sample as [positions, channels].
    public Rows sampleRows(int b) {
        return sample(b).rows(1);
    }

    /// Where this is.
    public Device device() {
        return device;
    }

    public int maxBatch() {
        return byBatch.length;
    }

    public int positions() {
        return positions;
    }

    public int channels() {
        return channels;
    }

    MemorySegment memory() {
        return whole.memory();
    }

    /// The first `batch` samples as [batch * positions, channels].
    public Rows rows(int batch) {
        return byBatch[batch - 1];
    }

    /// Writes `channels` values of one position from `values`.
    public void write(int row, float[] values, int from) {
        device.write(values, from, whole.memory(), start(row), channels);
    }

    /// Writes `count` positions from `row` on, one after the other in `values`.
    public void write(int row, int count, float[] values, int from) {
        if (whole.stride() == channels) {
            device.write(values, from, whole.memory(), start(row), count * channels);
            return;
        }
        for (int i = 0; i < count; i++) {
            write(row + i, values, from + i * channels);
        }
    }

    /// Reads `channels` values of one position into `values`.
    public void read(int row, float[] values, int to) {
        device.read(whole.memory(), start(row), values, to, channels);
    }

    /// Reads `count` positions from `row` on, one after the other into `values`.
    public void read(int row, int count, float[] values, int to) {
        if (whole.stride() == channels) {
            device.read(whole.memory(), start(row), values, to, count * channels);
            return;
        }
        for (int i = 0; i < count; i++) {
            read(row + i, values, to + i * channels);
        }
    }

    /// A copy of one sample in PyTorch's order: [channels, positions].
    public float[] channelsFirst(int b) {
        float[] out = new float[channels * positions];
        float[] row = new float[channels];
        for (int p = 0; p < positions; p++) {
            read(b * positions + p, row, 0);
            for (int c = 0; c < channels; c++) {
                out[c * positions + p] = row[c];
            }
        }
        return out;
    }

    /// A copy of one sample in PyTorch's order for tokens: [positions, channels].
    public float[] tokens(int b) {
        float[] out = new float[positions * channels];
        read(b * positions, positions, out, 0);
        return out;
    }

    /// The float at which a row begins.
    private long start(int row) {
        return (long) row * whole.stride();
    }
}
