package sinew.runtime.predict;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import sinew.convert.safetensors.Dtype;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.Image;
import sinew.engine.policy.PolicySpec;

/// One feature in a file of observations, under any of the names and layouts of the reference recordings. Missing
/// dimensions count as 1:
///
/// - `input.<feature>`: vectors [steps, D], pictures U8 [steps, H, W, 3];
/// - `raw.<feature>`: vectors [B, steps, D] or [D]; pictures U8 `raw.<feature>.u8` [3, H, W], or those of all cameras in
///   `raw.images.u8` [B, steps, cameras, 3, H, W];
/// - diffusion_policy's `obs` of a low-dim policy and `obs.<feature>` [B, steps, D]; pictures U8 `obs.<feature>.u8`
///   [B, steps, 3, H, W];
/// - `input_ids` [B, L]: token ids; `<feature>` [B, D]: a vector that is computed elsewhere, as `conditioning_vec`.
///
/// @param batch number of samples
/// @param steps observations of each
/// @param at    position among the cameras of the tensor, or 0
/// @param of    number of cameras in the tensor
record RecordedInput(
        SafetensorsFile file, SafetensorsTensor tensor, Feature feature, int batch, int steps, int at, int of,
        boolean channelsFirst) {

    private static final String OBSERVED = "obs";

    /// Null when the file has none of those names.
    static RecordedInput find(SafetensorsFile file, PolicySpec spec, String prefix, Feature feature) {
        if (file.has(prefix + feature.name())) {
            return byStep(file, file.tensor(prefix + feature.name()), feature);
        }
        String observed = feature.name().equals(OBSERVED) ? OBSERVED : OBSERVED + "." + feature.name();
        if (feature.type() == FeatureType.VISUAL && file.has(observed + ".u8")) {
            return picture(file, file.tensor(observed + ".u8"), feature, 0, 1);
        }
        if (feature.type() != FeatureType.VISUAL && file.has(observed)) {
            return vector(file, file.tensor(observed), feature);
        }
        if (feature.type() == FeatureType.LANGUAGE) {
            return file.has("input_ids") ? bySample(file, file.tensor("input_ids"), feature) : null;
        }
        if (feature.type() == FeatureType.VISUAL) {
            if (file.has("raw." + feature.name() + ".u8")) {
                return picture(file, file.tensor("raw." + feature.name() + ".u8"), feature, 0, 1);
            }
            int camera = spec.cameras().indexOf(feature);
            return file.has("raw.images.u8")
                    ? picture(file, file.tensor("raw.images.u8"), feature, camera, spec.cameras().size())
                    : null;
        }
        if (file.has("raw." + feature.name())) {
            return vector(file, file.tensor("raw." + feature.name()), feature);
        }
        return file.has(feature.name()) ? bySample(file, file.tensor(feature.name()), feature) : null;
    }

    private static RecordedInput byStep(SafetensorsFile file, SafetensorsTensor tensor, Feature feature) {
        List<Integer> shape = tensor.shape();
        if (feature.type() == FeatureType.VISUAL) {
            if (shape.size() != 4 || shape.get(3) != 3 || tensor.dtype() != Dtype.U8) {
                throw misshapen(file, tensor, "U8 [steps, height, width, 3]");
            }
        } else if (shape.size() != 2) {
            throw misshapen(file, tensor, "[steps, " + feature.size() + "]");
        }
        return new RecordedInput(file, tensor, feature, 1, shape.getFirst(), 0, 1, false);
    }

    private static RecordedInput vector(SafetensorsFile file, SafetensorsTensor tensor, Feature feature) {
        List<Integer> shape = tensor.shape();
        return switch (shape.size()) {
            case 1 -> new RecordedInput(file, tensor, feature, 1, 1, 0, 1, false);
            case 3 -> new RecordedInput(file, tensor, feature, shape.get(0), shape.get(1), 0, 1, false);
            default -> throw misshapen(file, tensor, "[" + feature.size() + "] or [B, steps, " + feature.size() + "]");
        };
    }

    private static RecordedInput bySample(SafetensorsFile file, SafetensorsTensor tensor, Feature feature) {
        if (tensor.shape().size() != 2) {
            throw misshapen(file, tensor, "[B, " + feature.size() + "]");
        }
        return new RecordedInput(file, tensor, feature, tensor.shape().getFirst(), 1, 0, 1, false);
    }

    private static RecordedInput picture(
            SafetensorsFile file, SafetensorsTensor tensor, Feature feature, int at, int of) {
        List<Integer> shape = tensor.shape();
        int dims = shape.size();
        boolean alone = of == 1 && (dims == 3 || dims == 5);
        boolean fits = tensor.dtype() == Dtype.U8 && (alone || dims == 6 && shape.get(2) == of);
        if (!fits || shape.get(dims - 3) != 3) {
            throw misshapen(file, tensor, "U8 [3, height, width], [B, steps, 3, height, width] or [B, steps, " + of
                    + ", 3, height, width]");
        }
        return dims == 3
                ? new RecordedInput(file, tensor, feature, 1, 1, 0, 1, true)
                : new RecordedInput(file, tensor, feature, shape.get(0), shape.get(1), at, of, true);
    }

    private static PredictionException misshapen(SafetensorsFile file, SafetensorsTensor tensor, String expected) {
        return new PredictionException(file.path() + ": " + tensor.name() + " is " + tensor.dtype() + " "
                + tensor.shape() + ", expected " + expected);
    }

    String name() {
        return tensor.name();
    }

    /// Whether it has a name of diffusion_policy's.
    boolean isDiffusionPolicys() {
        return name().equals(OBSERVED) || name().startsWith(OBSERVED + ".");
    }

    /// Whether every step of a sample has the same value.
    boolean isConstant() {
        return steps == 1 && !name().startsWith("input.");
    }

    /// [D]
    float[] vector(int sample, int step) {
        int size = tensor.shape().getLast();
        int row = sample * steps + Math.min(step, steps - 1);
        return Arrays.copyOfRange(values(), row * size, (row + 1) * size);
    }

    private float[] values() {
        if (tensor.dtype() != Dtype.I64) {
            return file.floats(tensor.name());
        }
        long[] whole = file.longs(tensor.name());
        float[] values = new float[whole.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = whole[i];
        }
        return values;
    }

    Image image(int sample, int step) {
        int dims = tensor.shape().size();
        int height = tensor.shape().get(channelsFirst ? dims - 2 : dims - 3);
        int width = tensor.shape().get(channelsFirst ? dims - 1 : dims - 2);
        long size = 3L * height * width;
        long index = ((long) sample * steps + Math.min(step, steps - 1)) * of + at;
        byte[] stored = file.data(tensor).asSlice(index * size, size).toArray(ValueLayout.JAVA_BYTE);
        return new Image(height, width, channelsFirst ? channelsLast(stored, height * width) : stored);
    }

    private static byte[] channelsLast(byte[] planes, int pixels) {
        byte[] rgb = new byte[planes.length];
        for (int p = 0; p < pixels; p++) {
            for (int c = 0; c < 3; c++) {
                rgb[3 * p + c] = planes[c * pixels + p];
            }
        }
        return rgb;
    }
}
