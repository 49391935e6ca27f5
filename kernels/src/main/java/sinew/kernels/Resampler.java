package sinew.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import sinew.kernels.Resampling.Axis;

/// Resampling as its definition reads, for comparison: on this processor the engine prepares pictures on its own.
final class Resampler {
    private static final int CHANNELS = Resampling.CHANNELS;
    private static final int LEVELS = 256;

    private Resampler() {}

    static void run(Resampling op, MemorySegment rgb, MemorySegment scratch, Rows out, int part, int parts) {
        int width = op.horizontal().outputs();
        int end = Parts.begin(out.rows(), part + 1, parts);
        for (int row = Parts.begin(out.rows(), part, parts); row < end; row++) {
            for (int c = 0; c < CHANNELS; c++) {
                out.set(row, c, at(op, rgb, row / width, row % width, c));
            }
        }
    }

    private static float at(Resampling op, MemorySegment rgb, int y, int x, int channel) {
        Axis vertical = op.vertical();
        int count = integer(vertical.count(), y);
        if (count == 0 || integer(op.horizontal().count(), x) == 0) {
            return 0;
        }
        float sum = 0;
        for (int tap = 0; tap < count; tap++) {
            float weight = real(vertical.weights(), y * vertical.taps() + tap);
            sum += weight * squeezed(op, rgb, integer(vertical.first(), y) + tap, x, channel);
        }
        return op.after() == null
                ? sum
                : (sum - real(op.after(), channel)) / real(op.after(), CHANNELS + channel)
                        + real(op.after(), 2 * CHANNELS + channel);
    }

    private static float squeezed(Resampling op, MemorySegment rgb, int row, int x, int channel) {
        Axis horizontal = op.horizontal();
        float sum = 0;
        for (int tap = 0; tap < integer(horizontal.count(), x); tap++) {
            long pixel = (long) row * op.sourceWidth() + integer(horizontal.first(), x) + tap;
            int level = rgb.get(ValueLayout.JAVA_BYTE, pixel * CHANNELS + channel) & 0xff;
            sum += real(horizontal.weights(), x * horizontal.taps() + tap) * real(op.pixel(), channel * LEVELS + level);
        }
        return sum;
    }

    private static int integer(MemorySegment values, int index) {
        return values.getAtIndex(ValueLayout.JAVA_INT, index);
    }

    private static float real(MemorySegment values, int index) {
        return values.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }
}
