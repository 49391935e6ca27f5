package sinew.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sinew.convert.goldens.Goldens;
import sinew.convert.goldens.RecipeWeights;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.policy.VisionSpec;
import sinew.engine.weights.WeightsFile;
import sinew.kernels.WeightType;

/// Every reference checkpoint converts, and its normalisation is the recorded one.
class GoldenConversionTest {
    @TempDir
    Path scratch;

    @ParameterizedTest
    @CsvSource({
        "lift-ddim, F32", "lift-ddim, BF16", "pusht-like-ddpm, F32", "envstate-sample, F32", "sort-separate, F32",
        "legacy-norm, BF16", "stats-json, F32"
    })
    void convertsAndNormalisesAsRecorded(String name, WeightType type) throws IOException {
        Path golden = Goldens.lerobot(name);
        Path checkpoint = RecipeWeights.checkpoint(golden, scratch);
        Path file = scratch.resolve("out.gguf");
        ConversionReport report = Converter.convert(checkpoint, file, new ConversionOptions(type, false, 0),
                ProgressListener.SILENT);
        assertTrue(report.parameters() > 1000);
        try (WeightsFile weights = WeightsFile.open(file);
                SafetensorsFile recorded = SafetensorsFile.open(golden.resolve("golden.safetensors"))) {
            DiffusionSpec spec = (DiffusionSpec) SpecMetadata.read(weights.metadata());
            assertEquals(report.spec(), spec);
            for (Feature feature : spec.inputs()) {
                if (feature.type() != FeatureType.VISUAL) {
                    checkVector(weights, recorded, spec, feature);
                }
            }
            checkAction(weights, recorded, spec);
        }
    }

    private static void checkVector(WeightsFile weights, SafetensorsFile recorded, DiffusionSpec spec,
            Feature feature) {
        float[] raw = recorded.floats("input." + feature.name());
        float[] expected = recorded.floats("normalized." + feature.name());
        float[] actual = raw.clone();
        Affine map = Affine.of(weights, SpecMetadata.normalizationPrefix(spec, feature), feature.size());
        for (int i = 0; i < raw.length; i++) {
            actual[i] = map.forward(raw[i], i % feature.size());
        }
        assertArrayEquals(expected, actual, 1e-5f, feature.name());
    }

    private static void checkAction(WeightsFile weights, SafetensorsFile recorded, DiffusionSpec spec) {
        int dim = spec.action().size();
        float[] normalized = recorded.floats("action_chunk_normalized");
        float[] expected = recorded.floats("action_chunk");
        float[] actual = normalized.clone();
        Affine map = Affine.of(weights, "unnormalize.action", dim);
        for (int i = 0; i < actual.length; i++) {
            actual[i] = map.backward(normalized[i], i % dim);
        }
        assertArrayEquals(expected, actual, 1e-4f);
    }

    @Test
    void statsJsonMeansAPlainResizeToTheConfigsShape() throws IOException {
        Path file = convert("stats-json");
        try (WeightsFile weights = WeightsFile.openHeader(file)) {
            VisionSpec vision = ((DiffusionSpec) SpecMetadata.read(weights.metadata())).vision();
            assertEquals(new VisionSpec.Size(84, 84), vision.resize());
            assertEquals(VisionSpec.ResizeMode.BILINEAR, vision.resizeMode());
            assertEquals("stats.json", weights.metadata().string("sinew.source.normalization"));
        }
    }

    @Test
    void separateBatchNormEncodersAreFoldedAndKeepTheirOrder() throws IOException {
        Path file = convert("sort-separate");
        try (WeightsFile weights = WeightsFile.openHeader(file)) {
            DiffusionSpec spec = (DiffusionSpec) SpecMetadata.read(weights.metadata());
            assertEquals("[observation.images.front, observation.images.right_wrist, observation.images.left_wrist]",
                    spec.cameras().stream().map(Feature::name).toList().toString());
            for (int i = 0; i < 3; i++) {
                assertNotNull(weights.find("rgb_encoder." + i + ".backbone.0.bias"));
                assertNull(weights.find("rgb_encoder." + i + ".backbone.1.running_mean"));
            }
            assertEquals(new VisionSpec.Size(119, 161), spec.vision().crop());
        }
    }

    @Test
    void keepsRawStatistics() throws IOException {
        Path golden = Goldens.lerobot("lift-ddim");
        try (WeightsFile weights = WeightsFile.openHeader(convert("lift-ddim"));
                SafetensorsFile stats = SafetensorsFile.open(
                        golden.resolve("policy_preprocessor_step_3_normalizer_processor.safetensors"))) {
            for (Map.Entry<String, Integer> e : Map.of("observation.state.min", 6, "action.max", 6,
                    "observation.images.front.std", 3).entrySet()) {
                double[] kept = weights.metadata().numbers("sinew.stats." + e.getKey());
                float[] expected = stats.floats(e.getKey());
                assertEquals(e.getValue(), kept.length);
                for (int i = 0; i < kept.length; i++) {
                    assertEquals(expected[i], (float) kept[i]);
                }
            }
        }
    }

    private Path convert(String name) throws IOException {
        Path file = scratch.resolve(name + ".gguf");
        Converter.convert(RecipeWeights.checkpoint(Goldens.lerobot(name), scratch), file, ConversionOptions.F32,
                ProgressListener.SILENT);
        return file;
    }

    private record Affine(float[] center, float[] scale, float[] shift) {
        static Affine of(WeightsFile file, String prefix, int n) {
            return file.find(prefix + ".center") == null ? null : new Affine(
                    floats(file.scope().vector(prefix + ".center", n)),
                    floats(file.scope().vector(prefix + ".scale", n)),
                    floats(file.scope().vector(prefix + ".shift", n)));
        }

        private static float[] floats(MemorySegment segment) {
            return segment.toArray(ValueLayout.JAVA_FLOAT);
        }

        float forward(float x, int i) {
            return (x - center[i]) / scale[i] + shift[i];
        }

        float backward(float y, int i) {
            return (y - shift[i]) * scale[i] + center[i];
        }
    }
}
