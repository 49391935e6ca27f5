package sinew.runtime.predict;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sinew.convert.safetensors.Dtype;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.engine.inference.Policies;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;

/// Holds every stage of a prediction to what LeRobot computed: converted, loaded and predicted as a user would.
class GoldenPredictionTest {
    /// The recordings' own limits are 1e-4, and 1e-5 for normalised values.
    private static final double LIMIT = TestDevice.limit(2e-5);
    private static final double NORMALIZED_LIMIT = TestDevice.limit(1e-6);

    @TempDir
    Path temporary;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "envstate-sample", "legacy-norm", "pusht-like-ddpm", "lift-ddim", "sort-separate", "stats-json"
            })
    void everyStageIsWhatLeRobotComputed(String name) throws IOException {
        GoldenCase golden = GoldenCase.find(name);
        Path weights = TestPolicies.convert(golden.checkpoint(temporary), temporary.resolve(name + ".gguf"));
        Path result = temporary.resolve("result.safetensors");
        try (SafetensorsFile expected = SafetensorsFile.open(golden.recording());
                Policy policy = Policies.load(weights, TestDevice.options())) {
            boolean rollout = expected.has("rollout.actions");
            new FilePrediction(policy, new FilePrediction.Options(0, SamplingOptions.FROM_CHECKPOINT, true, rollout))
                    .run(golden.recording(), result);
            compare(name, expected, result);
        }
    }

    private static void compare(String name, SafetensorsFile expected, Path result) throws IOException {
        Map<String, Deviation> deviations = new TreeMap<>();
        try (SafetensorsFile actual = SafetensorsFile.open(result)) {
            for (SafetensorsTensor stage : expected.tensors()) {
                if (isInput(stage.name())) {
                    continue;
                }
                String ours = alias(stage.name(), actual);
                assertTrue(actual.has(ours), name + ": " + ours + " is not in the result");
                assertEquals(stage.shape(), actual.tensor(ours).shape(), name + ": " + ours);
                if (stage.dtype() == Dtype.I64) {
                    assertArrayEquals(expected.longs(stage.name()), actual.longs(ours), name + ": " + ours);
                } else {
                    deviations.put(stage.name(), Deviation.of(expected.floats(stage.name()), actual.floats(ours)));
                }
            }
        }
        deviations.forEach((stage, d) -> System.out.printf("%-16s %-50s %.1e%n", name, stage, d.largest()));
        assertTrue(deviations.size() > 20, "only " + deviations.size() + " stages were compared");
        deviations.forEach((stage, d) -> assertTrue(
                d.largest() <= (stage.startsWith("normalized.") ? NORMALIZED_LIMIT : LIMIT),
                name + ": " + stage + " deviates by " + d));
    }

    private static boolean isInput(String name) {
        return name.startsWith("input.")
                || name.startsWith("rollout.input.")
                || name.equals("rollout.noise")
                || name.equals("noise")
                || name.equals("variance_noise");
    }

    /// One recording has the normalised image under a name of its own; nothing happens to it before the encoder.
    private static String alias(String name, SafetensorsFile actual) {
        String image = name.replace("normalized.", "encoder_input.") + ".step0";
        return name.startsWith("normalized.observation.image") && actual.has(image) ? image : name;
    }
}
