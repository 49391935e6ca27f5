package sinew.runtime.predict;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import sinew.convert.safetensors.Dtype;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.Image;
import sinew.engine.policy.Observation;
import sinew.engine.policy.PolicySpec;

/// What a prediction starts from, as the reference recordings name it: `input.<feature>` with one row per
/// observation step, oldest first, and optional `noise` [B, horizon, A] and `variance_noise` [draws, B, horizon, A].
/// Other tensors are none of its business.
final class PredictionInput {
    private final SafetensorsFile file;
    private final PolicySpec spec;

    PredictionInput(SafetensorsFile file, PolicySpec spec) {
        this.file = file;
        this.spec = spec;
    }

    boolean has(String prefix) {
        return spec.inputs().stream().anyMatch(feature -> file.has(prefix + feature.name()));
    }

    /// The observations under a prefix: `input.` or `rollout.input.`.
    List<Observation> observations(String prefix) {
        int rows = rows(prefix);
        List<Observation> observations = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            observations.add(observation(prefix, row));
        }
        return observations;
    }

    private int rows(String prefix) {
        String first = null;
        int rows = 0;
        for (Feature feature : spec.inputs()) {
            String name = prefix + feature.name();
            if (!file.has(name)) {
                throw new PredictionException(file.path() + " has no tensor " + name + ". The policy wants "
                        + spec.inputs().stream().map(f -> prefix + f.name()).toList());
            }
            SafetensorsTensor tensor = file.tensor(name);
            checkShape(feature, tensor);
            int here = tensor.shape().getFirst();
            if (here == 0) {
                throw new PredictionException(file.path() + ": " + name + " has no rows");
            }
            if (first != null && here != rows) {
                throw new PredictionException(file.path() + ": " + name + " has " + here + " rows and " + first
                        + " has " + rows + "; every input wants one row per observation step");
            }
            first = name;
            rows = here;
        }
        return rows;
    }

    private void checkShape(Feature feature, SafetensorsTensor tensor) {
        List<Integer> shape = tensor.shape();
        if (feature.type() == FeatureType.VISUAL) {
            if (shape.size() != 4 || shape.get(3) != 3 || tensor.dtype() != Dtype.U8) {
                throw new PredictionException(file.path() + ": " + tensor.name() + " is " + tensor.dtype() + " " + shape
                        + ", expected U8 [steps, height, width, 3]");
            }
        } else if (shape.size() != 2) {
            check(tensor, false, "[steps, " + feature.size() + "]");
        }
    }

    private Observation observation(String prefix, int row) {
        Map<String, float[]> states = new HashMap<>();
        Map<String, Image> images = new HashMap<>();
        for (Feature feature : spec.inputs()) {
            SafetensorsTensor tensor = file.tensor(prefix + feature.name());
            if (feature.type() == FeatureType.VISUAL) {
                images.put(feature.name(), image(tensor, row));
            } else {
                int size = tensor.shape().get(1);
                float[] all = file.floats(tensor.name());
                states.put(feature.name(), Arrays.copyOfRange(all, row * size, (row + 1) * size));
            }
        }
        return new Observation(states, images);
    }

    private Image image(SafetensorsTensor tensor, int row) {
        int height = tensor.shape().get(1);
        int width = tensor.shape().get(2);
        long size = 3L * height * width;
        byte[] rgb = file.data(tensor).asSlice(row * size, size).toArray(ValueLayout.JAVA_BYTE);
        return new Image(height, width, rgb);
    }

    /// Number of samples that the noise asks for.
    int batch() {
        SafetensorsTensor noise = file.find("noise");
        SafetensorsTensor draws = file.find("variance_noise");
        if (noise != null) {
            check(noise, noise.shape().size() == 3, "[B, horizon, A]");
            return noise.shape().getFirst();
        }
        if (draws != null) {
            check(draws, draws.shape().size() == 4, "[draws, B, horizon, A]");
            return draws.shape().get(1);
        }
        return 1;
    }

    /// The initial sample of sample `b`, or null.
    float[] noise(int b) {
        SafetensorsTensor noise = file.find("noise");
        return noise == null ? null : slice(noise, b);
    }

    /// The noise of every step of sample `b`: [draws][horizon * A], or null.
    float[][] draws(int b) {
        SafetensorsTensor noise = file.find("variance_noise");
        if (noise == null) {
            return null;
        }
        boolean fits = noise.shape().size() == 4 && noise.shape().get(1) == batch();
        check(noise, fits, "[draws, " + batch() + ", horizon, A]");
        float[][] draws = new float[noise.shape().getFirst()][];
        for (int i = 0; i < draws.length; i++) {
            draws[i] = slice(noise, i * batch() + b);
        }
        return draws;
    }

    /// The initial samples of a rollout's predictions: [predictions][horizon * A], or null.
    float[][] rolloutNoise() {
        SafetensorsTensor noise = file.find("rollout.noise");
        if (noise == null) {
            return null;
        }
        check(noise, noise.shape().size() == 4 && noise.shape().get(1) == 1, "[predictions, 1, horizon, A]");
        float[][] all = new float[noise.shape().getFirst()][];
        for (int i = 0; i < all.length; i++) {
            all[i] = slice(noise, i);
        }
        return all;
    }

    /// The i-th [horizon, C] of a tensor.
    private float[] slice(SafetensorsTensor tensor, int i) {
        return slice(file, tensor, spec, i);
    }

    /// The i-th [horizon, C] of a tensor of noise: as the policy's samples are.
    static float[] slice(SafetensorsFile file, SafetensorsTensor tensor, PolicySpec spec, int i) {
        List<Integer> shape = tensor.shape();
        int dims = shape.size();
        int columns = spec.sampleDim();
        int size = spec.horizon() * columns;
        boolean fits = dims >= 2 && shape.get(dims - 2) == spec.horizon() && shape.get(dims - 1) == columns;
        check(file, tensor, fits, "[..., " + spec.horizon() + ", " + columns + "]");
        float[] values = Arrays.copyOfRange(file.floats(tensor.name()), i * size, (i + 1) * size);
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new PredictionException(file.path() + ": " + tensor.name() + " holds the value " + value);
            }
        }
        return values;
    }

    private void check(SafetensorsTensor tensor, boolean fits, String expected) {
        check(file, tensor, fits, expected);
    }

    static void check(SafetensorsFile file, SafetensorsTensor tensor, boolean fits, String expected) {
        if (!fits) {
            throw new PredictionException(
                    file.path() + ": " + tensor.name() + " has shape " + tensor.shape() + ", expected " + expected);
        }
    }
}
