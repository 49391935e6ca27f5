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

/// What a prediction starts from, as recordings of diffusion_policy name it: `obs` [B, steps, D] of a low-dim policy,
/// `obs.<key>` [B, steps, D] and `obs.<key>.u8` [B, steps, 3, H, W] of an image policy, and optional `initial_noise`
/// [B, horizon, C] and `variance_noise` [steps, B, horizon, C]. Other tensors are none of its business.
final class DiffusionPolicyRecording {
    private static final String LOWDIM = "obs";
    private static final String NOISE = "initial_noise";
    private static final String DRAWS = "variance_noise";

    private final SafetensorsFile file;
    private final PolicySpec spec;
    private final int batch;
    private final int steps;

    /// @throws PredictionException when an input is missing or misshapen
    DiffusionPolicyRecording(SafetensorsFile file, PolicySpec spec) {
        this.file = file;
        this.spec = spec;
        SafetensorsTensor first = tensor(spec.inputs().getFirst());
        for (Feature feature : spec.inputs()) {
            SafetensorsTensor tensor = tensor(feature);
            check(feature, tensor);
            if (!tensor.shape().subList(0, 2).equals(first.shape().subList(0, 2))) {
                throw new PredictionException(file.path() + ": " + tensor.name() + " has shape " + tensor.shape()
                        + " and " + first.name() + " " + first.shape() + "; both begin with [B, steps]");
            }
        }
        batch = first.shape().get(0);
        steps = first.shape().get(1);
        if (batch == 0 || steps == 0) {
            throw new PredictionException(file.path() + ": " + first.name() + " holds no observation");
        }
    }

    /// Whether a file is such a recording, and not one in the form of `input.<feature>`.
    static boolean isOne(SafetensorsFile file, PolicySpec spec) {
        return spec.inputs().stream().anyMatch(feature -> file.has(name(feature)))
                && spec.inputs().stream().noneMatch(feature -> file.has("input." + feature.name()));
    }

    private static String name(Feature feature) {
        if (feature.type() == FeatureType.VISUAL) {
            return LOWDIM + "." + feature.name() + ".u8";
        }
        return feature.name().equals(LOWDIM) ? LOWDIM : LOWDIM + "." + feature.name();
    }

    private SafetensorsTensor tensor(Feature feature) {
        String name = name(feature);
        if (!file.has(name)) {
            throw new PredictionException(file.path() + " has no tensor " + name + ". The policy wants "
                    + spec.inputs().stream().map(DiffusionPolicyRecording::name).toList());
        }
        return file.tensor(name);
    }

    private void check(Feature feature, SafetensorsTensor tensor) {
        List<Integer> shape = tensor.shape();
        if (feature.type() != FeatureType.VISUAL) {
            PredictionInput.check(file, tensor, shape.size() == 3, "[B, steps, " + feature.size() + "]");
        } else if (shape.size() != 5 || shape.get(2) != 3 || tensor.dtype() != Dtype.U8) {
            throw new PredictionException(file.path() + ": " + tensor.name() + " is " + tensor.dtype() + " " + shape
                    + ", expected U8 [B, steps, 3, height, width]");
        }
    }

    int batch() {
        return batch;
    }

    /// What sample `b` has observed, oldest first: the first n_obs_steps of the steps that were recorded.
    List<Observation> observations(int b) {
        List<Observation> observations = new ArrayList<>();
        for (int step = 0; step < Math.min(steps, spec.nObsSteps()); step++) {
            Map<String, float[]> states = new HashMap<>();
            Map<String, Image> images = new HashMap<>();
            for (Feature feature : spec.inputs()) {
                SafetensorsTensor tensor = tensor(feature);
                int row = b * steps + step;
                if (feature.type() == FeatureType.VISUAL) {
                    images.put(feature.name(), image(tensor, row));
                } else {
                    int size = tensor.shape().get(2);
                    float[] all = file.floats(tensor.name());
                    states.put(feature.name(), Arrays.copyOfRange(all, row * size, (row + 1) * size));
                }
            }
            observations.add(new Observation(states, images));
        }
        return observations;
    }

    private Image image(SafetensorsTensor tensor, int row) {
        int height = tensor.shape().get(3);
        int width = tensor.shape().get(4);
        int pixels = height * width;
        byte[] planes = file.data(tensor).asSlice(3L * pixels * row, 3L * pixels).toArray(ValueLayout.JAVA_BYTE);
        byte[] rgb = new byte[3 * pixels];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = planes[i % 3 * pixels + i / 3];
        }
        return new Image(height, width, rgb);
    }

    /// The initial sample of sample `b`, or null.
    float[] noise(int b) {
        SafetensorsTensor noise = file.find(NOISE);
        if (noise == null) {
            return null;
        }
        boolean fits = noise.shape().size() == 3 && noise.shape().getFirst() == batch;
        PredictionInput.check(file, noise, fits, "[" + batch + ", horizon, C]");
        return PredictionInput.slice(file, noise, spec, b);
    }

    /// The noise of every step of sample `b`: [steps][horizon * C], or null.
    float[][] draws(int b) {
        SafetensorsTensor noise = file.find(DRAWS);
        if (noise == null) {
            return null;
        }
        boolean fits = noise.shape().size() == 4 && noise.shape().get(1) == batch;
        PredictionInput.check(file, noise, fits, "[steps, " + batch + ", horizon, C]");
        float[][] draws = new float[noise.shape().getFirst()][];
        for (int i = 0; i < draws.length; i++) {
            draws[i] = PredictionInput.slice(file, noise, spec, i * batch + b);
        }
        return draws;
    }
}
