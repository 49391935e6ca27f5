package sinew.runtime.predict;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import sinew.convert.ConversionOptions;
import sinew.convert.Converter;
import sinew.convert.ProgressListener;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.Image;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySpec;

/// Policies and observations for tests.
final class TestPolicies {
    private TestPolicies() {}

    static Path convert(Path checkpoint, Path weights) throws IOException {
        Converter.convert(checkpoint, weights, ConversionOptions.F32, ProgressListener.SILENT);
        return weights;
    }

    /// The weights file of a recording, converted into `temporary` once.
    static Path weights(String golden, Path temporary) throws IOException {
        Path weights = temporary.resolve(golden + ".gguf");
        if (!Files.exists(weights)) {
            convert(GoldenCase.find(golden).checkpoint(temporary), weights);
        }
        return weights;
    }

    static Policy load(Path weights, int threads) throws IOException {
        return Policies.load(weights, LoadOptions.defaults().withThreads(threads).withWarmUp(false));
    }

    /// An observation that fits, made of noise.
    static Observation observation(PolicySpec spec, long seed) {
        Random random = new Random(seed);
        Map<String, float[]> states = new HashMap<>();
        Map<String, Image> images = new HashMap<>();
        for (Feature feature : spec.inputs()) {
            if (feature.type() == FeatureType.VISUAL) {
                int height = feature.shape().get(1);
                int width = feature.shape().get(2);
                byte[] rgb = new byte[height * width * 3];
                random.nextBytes(rgb);
                images.put(feature.name(), new Image(height, width, rgb));
            } else {
                float[] values = new float[feature.size()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = 100 * random.nextFloat() - 50;
                }
                states.put(feature.name(), values);
            }
        }
        return new Observation(states, images);
    }
}
