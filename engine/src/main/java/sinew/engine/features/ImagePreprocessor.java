package sinew.engine.features;

import java.util.Arrays;
import sinew.engine.nn.Activations;
import sinew.engine.policy.VisionSpec;
import sinew.engine.policy.VisionSpec.ResizeMode;
import sinew.engine.policy.VisionSpec.Size;
import sinew.kernels.Workers;

/// From a camera's frame to the encoder's input: uint8 [H, W, 3] to float32 [h * w, 3], normalised, resized and
/// cropped. Made for one size of frame; a run allocates nothing. One run at a time.
///
/// LeRobot normalises, then resizes with antialias, then crops. The stats.json layout's engine resizes without
/// antialias, then normalises. Both are one pass along the rows and one along the columns here, the first of which
/// reads normalised (or plain) pixels from a table.
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
    private final Workers.Region rowPass = this::squeezeRows;
    private final Workers.Region columnPass = this::writeLines;

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
        int from = source.height();
        int to = 0;
        for (int i = 0; i < vertical.outputs(); i++) {
            if (vertical.count[i] > 0) {
                from = Math.min(from, vertical.first[i]);
                to = Math.max(to, vertical.first[i] + vertical.count[i]);
            }
        }
        firstRow = from;
        lastRow = to;
        boolean normaliseFirst = spec.resizeMode() != ResizeMode.BILINEAR;
        pixel = table(normaliseFirst ? normalizer : Normalizer.identity(CHANNELS));
        after = normaliseFirst ? null : normalizer;
        squeezed = new float[Math.max(to - from, 0) * target.width() * CHANNELS];
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
        this.rgb = rgb;
        this.out = out;
        this.sample = sample;
        workers.run(rowPass);
        workers.run(columnPass);
    }

    private static float[] table(Normalizer normalizer) {
        float[] table = new float[CHANNELS * LEVELS];
        for (int c = 0; c < CHANNELS; c++) {
            for (int level = 0; level < LEVELS; level++) {
                table[c * LEVELS + level] = normalizer.forward(c, level / 255f);
            }
        }
        return table;
    }

    private void squeezeRows(int part, int parts) {
        int rows = lastRow - firstRow;
        int end = firstRow + rows * (part + 1) / parts;
        for (int row = firstRow + rows * part / parts; row < end; row++) {
            squeezeRow(row);
        }
    }

    private void squeezeRow(int row) {
        int at = (row - firstRow) * target.width() * CHANNELS;
        int line = row * source.width() * CHANNELS;
        for (int x = 0; x < horizontal.outputs(); x++, at += CHANNELS) {
            float red = 0;
            float green = 0;
            float blue = 0;
            int from = line + horizontal.first[x] * CHANNELS;
            int weightAt = x * horizontal.taps;
            for (int tap = 0; tap < horizontal.count[x]; tap++, from += CHANNELS) {
                float weight = horizontal.weights[weightAt + tap];
                red += weight * pixel[rgb[from] & 0xFF];
                green += weight * pixel[LEVELS + (rgb[from + 1] & 0xFF)];
                blue += weight * pixel[2 * LEVELS + (rgb[from + 2] & 0xFF)];
            }
            squeezed[at] = red;
            squeezed[at + 1] = green;
            squeezed[at + 2] = blue;
        }
    }

    private void writeLines(int part, int parts) {
        float[] line = lines[part];
        int height = vertical.outputs();
        int width = target.width();
        int end = height * (part + 1) / parts;
        for (int y = height * part / parts; y < end; y++) {
            blendRows(y, line);
            if (after != null && vertical.count[y] > 0) {
                normalise(line);
            }
            for (int x = 0; x < width; x++) {
                out.write((sample * height + y) * width + x, line, x * CHANNELS);
            }
        }
    }

    private void blendRows(int y, float[] line) {
        Arrays.fill(line, 0);
        for (int tap = 0; tap < vertical.count[y]; tap++) {
            float weight = vertical.weights[y * vertical.taps + tap];
            int from = (vertical.first[y] + tap - firstRow) * line.length;
            for (int i = 0; i < line.length; i++) {
                line[i] += weight * squeezed[from + i];
            }
        }
    }

    /// Leaves the padding of a crop that is wider than the image at 0.
    private void normalise(float[] line) {
        for (int i = 0; i < line.length; i++) {
            if (horizontal.count[i / CHANNELS] > 0) {
                line[i] = after.forward(i % CHANNELS, line[i]);
            }
        }
    }
}
