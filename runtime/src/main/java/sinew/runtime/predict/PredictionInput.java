package sinew.runtime.predict;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.Image;
import sinew.engine.policy.Observation;
import sinew.engine.policy.PolicySpec;

/// What a prediction starts from, as the reference recordings name it: `input.<feature>` with one row per
/// observation step, oldest first (or as [RecordedInput] says), and optional `noise` or `initial_noise` [B, horizon, A]
/// and `variance_noise` [draws, B, horizon, A]. Other tensors are none of its business.
final class PredictionInput {
    private final SafetensorsFile file;
    private final PolicySpec spec;

    PredictionInput(SafetensorsFile file, PolicySpec spec) {
        this.file = file;
        this.spec = spec;
    }

    boolean has(String prefix) {
        return spec.inputs().stream().anyMatch(f -> RecordedInput.find(file, spec, prefix, f) != null);
    }

    /// Whether all observations have names of diffusion_policy's recordings.
    boolean isDiffusionPolicys(String prefix) {
        return inputs(prefix).stream().allMatch(RecordedInput::isDiffusionPolicys);
    }

    /// The observations of a sample under a prefix: `input.` or `rollout.input.`.
    List<Observation> observations(String prefix, int sample) {
        List<RecordedInput> inputs = inputs(prefix);
        int rows = rows(inputs);
        List<Observation> observations = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            observations.add(observation(inputs, sample, row));
        }
        return observations;
    }

    private List<RecordedInput> inputs(String prefix) {
        List<RecordedInput> inputs = new ArrayList<>();
        for (Feature feature : spec.inputs()) {
            RecordedInput input = RecordedInput.find(file, spec, prefix, feature);
            if (input == null) {
                throw new PredictionException(file.path() + " has no tensor " + prefix + feature.name()
                        + ". The policy wants " + spec.inputs().stream().map(f -> prefix + f.name()).toList());
            }
            inputs.add(input);
        }
        return inputs;
    }

    private int rows(List<RecordedInput> inputs) {
        RecordedInput first = null;
        for (RecordedInput input : inputs) {
            if (input.steps() == 0) {
                throw new PredictionException(file.path() + ": " + input.name() + " has no rows");
            }
            if (input.isConstant()) {
                continue;
            }
            if (first != null && input.steps() != first.steps()) {
                throw new PredictionException(file.path() + ": " + input.name() + " has " + input.steps() + " rows and "
                        + first.name() + " has " + first.steps() + "; every input wants one row per observation step");
            }
            first = first == null ? input : first;
        }
        return first == null ? 1 : first.steps();
    }

    private static Observation observation(List<RecordedInput> inputs, int sample, int row) {
        Map<String, float[]> states = new HashMap<>();
        Map<String, Image> images = new HashMap<>();
        for (RecordedInput input : inputs) {
            int own = input.batch() == 1 ? 0 : sample;
            if (input.feature().type() == FeatureType.VISUAL) {
                images.put(input.feature().name(), input.image(own, row));
            } else {
                states.put(input.feature().name(), input.vector(own, row));
            }
        }
        return new Observation(states, images);
    }

    /// Number of samples that the noise or the observations ask for.
    int batch(String prefix) {
        int batch = noiseBatch();
        for (RecordedInput input : inputs(prefix)) {
            if (input.batch() > 1 && batch > 1 && input.batch() != batch) {
                throw new PredictionException(file.path() + ": " + input.name() + " has " + input.batch()
                        + " samples, others have " + batch);
            }
            batch = Math.max(batch, input.batch());
        }
        return batch;
    }

    private SafetensorsTensor initial() {
        SafetensorsTensor noise = file.find("noise");
        return noise == null ? file.find("initial_noise") : noise;
    }

    private int noiseBatch() {
        SafetensorsTensor noise = initial();
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
        SafetensorsTensor noise = initial();
        return noise == null ? null : slice(noise, b);
    }

    /// The noise of every step of sample `b`: [draws][horizon * A], or null.
    float[][] draws(int b) {
        SafetensorsTensor noise = file.find("variance_noise");
        if (noise == null) {
            return null;
        }
        boolean fits = noise.shape().size() == 4 && noise.shape().get(1) == noiseBatch();
        check(noise, fits, "[draws, " + noiseBatch() + ", horizon, A]");
        float[][] draws = new float[noise.shape().getFirst()][];
        for (int i = 0; i < draws.length; i++) {
            draws[i] = slice(noise, i * noiseBatch() + b);
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

    /// The i-th [horizon, C] of a tensor: as the policy's samples are.
    private float[] slice(SafetensorsTensor tensor, int i) {
        List<Integer> shape = tensor.shape();
        int dims = shape.size();
        int columns = spec.sampleDim();
        int size = spec.horizon() * columns;
        boolean fits = dims >= 2 && shape.get(dims - 2) == spec.horizon() && shape.get(dims - 1) == columns;
        check(tensor, fits, "[..., " + spec.horizon() + ", " + columns + "]");
        float[] values = Arrays.copyOfRange(file.floats(tensor.name()), i * size, (i + 1) * size);
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new PredictionException(file.path() + ": " + tensor.name() + " holds the value " + value);
            }
        }
        return values;
    }

    private void check(SafetensorsTensor tensor, boolean fits, String expected) {
        if (!fits) {
            throw new PredictionException(
                    file.path() + ": " + tensor.name() + " has shape " + tensor.shape() + ", expected " + expected);
        }
    }
}
