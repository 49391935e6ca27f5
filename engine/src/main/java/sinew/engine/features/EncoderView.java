package sinew.engine.features;

import java.lang.foreign.Arena;
import sinew.engine.nn.Activations;
import sinew.engine.policy.Image;
import sinew.engine.policy.VisionSpec;
import sinew.engine.policy.VisionSpec.Size;
import sinew.kernels.Device;
import sinew.kernels.Workers;

/// What resize and crop leave of a frame, as a picture that a person can look at.
public final class EncoderView {
    private static final int CHANNELS = 3;

    private EncoderView() {}

    /// The encoder's input before it is normalised, rounded to 256 levels. What a crop adds beyond the frame is black.
    public static Image of(Image frame, VisionSpec spec) {
        Size source = new Size(frame.height(), frame.width());
        Size seen = ImagePreprocessor.outputSize(source, spec);
        int pixels = seen.height() * seen.width();
        float[] values = new float[pixels * CHANNELS];
        try (Arena arena = Arena.ofConfined(); Workers alone = Workers.of(1)) {
            Activations out = Activations.allocate(Device.CPU, arena, 1, pixels, CHANNELS);
            new ImagePreprocessor(source, spec, Normalizer.identity(CHANNELS), 1).run(alone, frame.rgb(), out, 0);
            out.read(0, pixels, values, 0);
        }
        byte[] rgb = new byte[values.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) Math.clamp(Math.round(255 * values[i]), 0, 255);
        }
        return new Image(seen.height(), seen.width(), rgb);
    }
}
