package sinew.runtime.predict;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sinew.convert.safetensors.Dtype;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;

/// Holds every stage of a prediction to what diffusion_policy computed: its checkpoint converted, loaded and asked as a
/// user would.
class DiffusionPolicyGoldenTest {
    /// Largest deviation, relative to the stage's largest magnitude. The recordings' own limits are between 5e-5 and
    /// 1e-4.
    private static final double LIMIT = 2e-5;
    private static final List<String> INPUTS = List.of("initial_noise", "variance_noise", "normalizer_check",
            "action_pred_if_model_weights_used");

    @TempDir
    Path temporary;

    /// The folder of a case: among the test resources, or beside the checkout. Skips the test when it is in neither.
    static Path folder(String name) {
        Path bundled = Path.of("src/test/resources/goldens/diffusion-policy", name);
        if (Files.isDirectory(bundled)) {
            return bundled;
        }
        Path root = Path.of(System.getProperty("sinew.root", "..")).toAbsolutePath();
        Path beside = root.resolve("../shared/goldens/diffusion-policy").resolve(name).normalize();
        Assumptions.assumeTrue(Files.isDirectory(beside), "the recording " + name + " is not at " + beside);
        return beside;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dp-transformer-lowdim-encoder-only", "dp-transformer-lowdim-inpaint", "dp-unet-lowdim-ddim-inpaint",
                "dp-transformer-lowdim-encoder", "dp-transformer-lowdim", "dp-unet-lowdim", "dp-unet-image"
            })
    void everyStageIsWhatDiffusionPolicyComputed(String name) throws IOException {
        Path golden = folder(name).resolve("golden.safetensors");
        Path weights = TestPolicies.convert(folder(name).resolve("latest.ckpt"), temporary.resolve("weights.gguf"));
        Path result = temporary.resolve("result.safetensors");
        Path plain = temporary.resolve("plain.safetensors");
        try (Policy policy = TestPolicies.load(weights, 2)) {
            assertEquals("diffusion_policy", policy.spec().type());
            new FilePrediction(policy, new FilePrediction.Options(0, SamplingOptions.FROM_CHECKPOINT, true, false))
                    .run(golden, result);
            new FilePrediction(policy, new FilePrediction.Options(0, SamplingOptions.FROM_CHECKPOINT, false, false))
                    .run(golden, plain);
        }
        try (SafetensorsFile expected = SafetensorsFile.open(golden);
                SafetensorsFile actual = SafetensorsFile.open(result);
                SafetensorsFile untraced = SafetensorsFile.open(plain)) {
            compare(name, expected, actual);
            assertArrayEquals(actual.floats("action"), untraced.floats("action"));
            assertArrayEquals(actual.floats("action_pred"), untraced.floats("action_pred"));
            assertFalse(untraced.has("model_output"));
            assertWrongWeightsWouldShow(expected, actual);
        }
    }

    private static void compare(String name, SafetensorsFile expected, SafetensorsFile actual) {
        Map<String, Double> deviations = new TreeMap<>();
        for (SafetensorsTensor stage : expected.tensors()) {
            String key = stage.name();
            if (key.equals("obs") || key.startsWith("obs.") || INPUTS.contains(key.split("\\.")[0])) {
                continue;
            }
            assertTrue(actual.has(key), name + ": " + key + " is not in the result");
            assertEquals(stage.shape(), actual.tensor(key).shape(), name + ": " + key);
            if (stage.dtype() == Dtype.I64) {
                assertArrayEquals(expected.longs(key), actual.longs(key), name + ": " + key);
            } else {
                deviations.put(key, deviation(expected.floats(key), actual.floats(key)));
            }
        }
        deviations.forEach((stage, d) -> System.out.printf("%-36s %-24s %.1e%n", name, stage, d));
        assertTrue(deviations.size() > 10, "only " + deviations.size() + " stages were compared");
        deviations.forEach((stage, d) -> assertTrue(d <= LIMIT, name + ": " + stage + " deviates by " + d));
    }

    /// Relative to the largest recorded magnitude.
    private static double deviation(float[] expected, float[] actual) {
        double magnitude = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            magnitude = Math.max(magnitude, Math.abs(expected[i]));
            double d = Math.abs((double) expected[i] - actual[i]);
            difference = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(difference, d);
        }
        return difference / magnitude;
    }

    /// The recording has what the other set of weights would predict: far enough away that the comparison tells.
    private static void assertWrongWeightsWouldShow(SafetensorsFile expected, SafetensorsFile actual) {
        String wrong = "action_pred_if_model_weights_used";
        assertTrue(deviation(expected.floats(wrong), actual.floats("action_pred")) > 50 * LIMIT);
    }
}
