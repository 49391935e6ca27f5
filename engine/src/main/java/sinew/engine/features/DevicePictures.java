package sinew.engine.features;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import sinew.engine.nn.Activations;
import sinew.kernels.Device;
import sinew.kernels.Resampling;

/// An [ImagePreprocessor]'s work on a device: the frame's bytes go there, and the encoder's input is made there.
final class DevicePictures {
    private final Device device;
    private final Arena arena = Arena.ofAuto(); // as long as the preprocessor
    private final Resampling op;
    private final MemorySegment rgb;
    private final MemorySegment scratch;

    DevicePictures(Device device, ImagePreprocessor picture) {
        this.device = device;
        ResizeAxis vertical = picture.vertical();
        int height = picture.source().height();
        int width = picture.source().width();
        op = new Resampling(height, width, vertical.from(), vertical.to() - vertical.from(), floats(picture.pixel()),
                after(picture.after()), axis(picture.horizontal()), axis(vertical));
        rgb = device.allocate(arena, (long) height * width * Resampling.CHANNELS);
        scratch = device.allocate(arena, op.scratchFloats() * Float.BYTES);
    }

    void run(byte[] frame, Activations out, int sample) {
        device.write(frame, rgb);
        device.kernels().resample(op, rgb, scratch, out.sampleRows(sample), 0, 1);
    }

    private MemorySegment after(Normalizer normalizer) {
        if (normalizer == null) {
            return null;
        }
        float[] all = new float[Resampling.CHANNELS * Resampling.CHANNELS];
        for (int c = 0; c < Resampling.CHANNELS; c++) {
            all[c] = normalizer.center()[c];
            all[Resampling.CHANNELS + c] = normalizer.scale()[c];
            all[2 * Resampling.CHANNELS + c] = normalizer.shift()[c];
        }
        return floats(all);
    }

    private Resampling.Axis axis(ResizeAxis axis) {
        return new Resampling.Axis(
                axis.outputs(), axis.taps, floats(bits(axis.first)), floats(bits(axis.count)), floats(axis.weights));
    }

    /// Small whole numbers in the bits of floats.
    private static float[] bits(int[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = Float.intBitsToFloat(values[i]);
        }
        return floats;
    }

    private MemorySegment floats(float[] values) {
        MemorySegment memory = device.allocate(arena, (long) values.length * Float.BYTES);
        device.write(values, 0, memory, 0, values.length);
        return memory;
    }
}
