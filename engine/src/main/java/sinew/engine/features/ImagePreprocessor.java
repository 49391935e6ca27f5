package sinew.engine.features;

import java.util.Arrays;
import sinew.engine.nn.Activations;
import sinew.engine.policy.VisionSpec;
import sinew.engine.policy.VisionSpec.ResizeMode;
import sinew.engine.policy.VisionSpec.Size;
import sinew.kernels.Device;
import sinew.kernels.Workers;

/// From a camera's frame to the encoder's input: uint8 [H, W, 3] to float32 [h * w, 3], normalised, resized and
/// cropped. Made for one size of frame; a run allocates nothing. One run at a time.
///
/// LeRobot normalises, then resizes with antialias, then crops. diffusion_policy does so without antialias. The
/// stats.json layout's engine resizes without antialias, then normalises. All are one pass along the rows and one along
/// the columns here, the first of which reads normalised (or plain) pixels from a table. What the crop drops is never
/// computed, and without a resize of the height the first pass is all there is.
public final class ImagePreprocessor {
    private static final int CHANNELS = 3;
    private static final int LEVELS = 256;

    private final Size source;
    private final Size target;
    private final ResizeAxis vertical;
    private final ResizeAxis horizontal;
    private final int firstRow; // source rows that the result needs
    private final int lastRow;
    private final float[] pixel; // [3][256] value of each level
    private final Normalizer after; // null when the table already normalises
    private final float[] squeezed; // [source rows][w * 3] after the pass along the rows
    private final float[][] lines; // per worker [w * 3]
    private DevicePictures onDevice; // null until a device other than this processor wants pictures
    private final Workers.Region rowPass = this::squeezeRows;
    private final Workers.Region columnPass = this::writeLines;
    private final Workers.Region onlyPass = this::writeRows;

    // Of the run in progress.
    private byte[] rgb;
    private Activations out;
    private int sample;

    /// @param source     size of the frames
    /// @param normalizer [3] per channel, of pixels in 0..1
    /// @param members    size of the team that will run it
    public ImagePreprocessor(Size source, VisionSpec spec, Normalizer normalizer, int members) {
        this.source = source;
        Size resized = spec.resize() == null ? source : spec.resize();
        this.target = outputSize(source, spec);
        vertical = ResizeAxis.of(source.height(), resized.height(), spec.resizeMode(), target.height());
        horizontal = ResizeAxis.of(source.width(), resized.width(), spec.resizeMode(), target.width());
        firstRow = vertical.from();
        lastRow = vertical.to();
        boolean plain = vertical.isPlain() && horizontal.isPlain();
        boolean normaliseFirst = plain || spec.resizeMode() != ResizeMode.BILINEAR;
        pixel = table(normaliseFirst ? normalizer : Normalizer.identity(CHANNELS));
        after = normaliseFirst ? null : normalizer;
        squeezed = new float[vertical.isPlain() ? 0 : (lastRow - firstRow) * target.width() * CHANNELS];
        lines = new float[members][target.width() * CHANNELS];
    }

    /// Size of what the encoder gets from frames of `source`.
    public static Size outputSize(Size source, VisionSpec spec) {
        if (spec.crop() != null) {
            return spec.crop();
        }
        return spec.resize() == null ? source : spec.resize();
    }

    public Size source() {
        return source;
    }

    /// Turns a frame [H, W, 3] into sample `sample` of `out`.
    public void run(Workers workers, byte[] rgb, Activations out, int sample) {
        if (out.device() != Device.CPU) {
            onDevice = onDevice == null ? new DevicePictures(out.device(), this) : onDevice;
            onDevice.run(rgb, out, sample);
            return;
        }
        this.rgb = rgb;
        this.out = out;
        this.sample = sample;
        if (vertical.isPlain()) {
            workers.run(onlyPass);
        } else {
            workers.run(rowPass);
            workers.run(columnPass);
        }
    }

    ResizeAxis vertical() {
        return vertical;
    }

    ResizeAxis horizontal() {
        return horizontal;
    }

    /// What each level of each channel is worth: [3][256].
    float[] pixel() {
        return pixel;
    }

    /// What is applied in the end, or null.
    Normalizer after() {
        return after;
    }

    private static float[] table(Normalizer normalizer) {
        float[] table = new float[CHANNELS * LEVELS];
        for (int c = 0; c < CHANNELS; c++) {
            for (int level = 0; level < LEVELS; level++) {
                table[c * LEVELS + level] = 0f + normalizer.forward(c, level / 255f); // a sum is never -0
            }
        }
        return table;
    }

    private void squeezeRows(int part, int parts) {
        int rows = lastRow - firstRow;
        int end = rows * (part + 1) / parts;
        for (int row = rows * part / parts; row < end; row++) {
            squeezeRow(firstRow + row, squeezed, row * target.width() * CHANNELS);
        }
    }

    /// One row of the source after the pass along it: [w * 3] into `to`.
    private void squeezeRow(int row, float[] to, int at) {
        int line = row * source.width() * CHANNELS;
        if (horizontal.isPlain()) {
            int x = horizontal.firstOutput();
            int count = horizontal.endOutput() - x;
            look(line + horizontal.first[x] * CHANNELS, count * CHANNELS, to, at + x * CHANNELS);
        } else {
            blendPixels(line, to, at);
        }
    }

    /// Values of `count` bytes, a multiple of 3, from byte `from` on.
    private void look(int from, int count, float[] to, int at) {
        byte[] bytes = rgb;
        float[] table = pixel;
        for (int i = 0; i < count; i += CHANNELS) {
            to[at + i] = table[bytes[from + i] & 0xFF];
            to[at + i + 1] = table[LEVELS + (bytes[from + i + 1] & 0xFF)];
            to[at + i + 2] = table[2 * LEVELS + (bytes[from + i + 2] & 0xFF)];
        }
    }

    private void blendPixels(int line, float[] to, int start) {
        // Locals, or the compiler would have to read the fields again after every store.
        byte[] bytes = rgb;
        float[] table = pixel;
        int[] first = horizontal.first;
        int[] count = horizontal.count;
        float[] weights = horizontal.weights;
        int taps = horizontal.taps;
        int at = start;
        for (int x = 0; x < first.length; x++, at += CHANNELS) {
            float red = 0;
            float green = 0;
            float blue = 0;
            int from = line + first[x] * CHANNELS;
            int end = x * taps + count[x];
            for (int tap = x * taps; tap < end; tap++, from += CHANNELS) {
                float weight = weights[tap];
                red += weight * table[bytes[from] & 0xFF];
                green += weight * table[LEVELS + (bytes[from + 1] & 0xFF)];
                blue += weight * table[2 * LEVELS + (bytes[from + 2] & 0xFF)];
            }
            to[at] = red;
            to[at + 1] = green;
            to[at + 2] = blue;
        }
    }

    private void writeLines(int part, int parts) {
        float[] line = lines[part];
        int end = target.height() * (part + 1) / parts;
        for (int y = target.height() * part / parts; y < end; y++) {
            blendRows(y, line);
            writeLine(y, line);
        }
    }

    private void writeRows(int part, int parts) {
        float[] line = lines[part];
        int end = target.height() * (part + 1) / parts;
        for (int y = target.height() * part / parts; y < end; y++) {
            if (vertical.count[y] > 0) {
                squeezeRow(vertical.first[y], line, 0);
            } else {
                Arrays.fill(line, 0);
            }
            writeLine(y, line);
        }
    }

    private void writeLine(int y, float[] line) {
        if (after != null && vertical.count[y] > 0) {
            normalise(line);
        }
        out.write((sample * target.height() + y) * target.width(), target.width(), line, 0);
    }

    private void blendRows(int y, float[] line) {
        Arrays.fill(line, 0);
        for (int tap = 0; tap < vertical.count[y]; tap++) {
            float weight = vertical.weights[y * vertical.taps + tap];
            addRow(weight, squeezed, (vertical.first[y] + tap - firstRow) * line.length, line);
        }
    }

    private static void addRow(float weight, float[] row, int from, float[] line) {
        for (int i = 0; i < line.length; i++) {
            line[i] += weight * row[from + i];
        }
    }

    /// Leaves the padding of a crop that is wider than the image at 0.
    private void normalise(float[] line) {
        int from = horizontal.firstOutput() * CHANNELS;
        int to = horizontal.endOutput() * CHANNELS;
        for (int i = from; i < to; i += CHANNELS) {
            line[i] = after.forward(0, line[i]);
            line[i + 1] = after.forward(1, line[i + 1]);
            line[i + 2] = after.forward(2, line[i + 2]);
        }
    }
}
