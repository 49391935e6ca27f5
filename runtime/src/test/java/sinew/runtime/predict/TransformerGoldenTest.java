package sinew.runtime.predict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;

/// Holds LeRobot's policies that are transformers to what LeRobot computed: converted, loaded and predicted as a user
/// would, from the recordings as they are.
class TransformerGoldenTest {
    private static final double LIMIT = 1e-4;

    @TempDir
    Path temporary;

    @Test
    void act() throws IOException {
        Map<String, Deviation> stages = stages("act-small", Set.of("ensemble."), true);
        assertEquals(17, stages.size(), stages.keySet()::toString);
    }

    @Test
    void theAnswerOfActComesWithoutATrace() throws IOException {
        GoldenCase golden = GoldenCase.find("act-small");
        Path result = predict(golden, golden.recording(), SamplingOptions.FROM_CHECKPOINT, false);
        try (SafetensorsFile actual = SafetensorsFile.open(result)) {
            List<String> names = actual.tensors().stream().map(SafetensorsTensor::name).sorted().toList();
            assertEquals(List.of("action_chunk", "action_chunk_normalized", "select_actions"), names);
        }
    }

    private Path predict(GoldenCase golden, Path input, SamplingOptions sampling, boolean trace) throws IOException {
        Path weights = TestPolicies.weights(golden.name(), temporary);
        Path result = temporary.resolve("result.safetensors");
        try (Policy policy = Policies.load(weights, LoadOptions.defaults().withWarmUp(false))) {
            new FilePrediction(policy, new FilePrediction.Options(0, sampling, trace, false)).run(input, result);
        }
        return result;
    }

    /// Every recorded stage but the inputs and what begins with one of `others`, held to the limit.
    private Map<String, Deviation> stages(String name, Set<String> others, boolean trace) throws IOException {
        GoldenCase golden = GoldenCase.find(name);
        Path result = predict(golden, golden.recording(), SamplingOptions.FROM_CHECKPOINT, trace);
        Map<String, Deviation> deviations = new TreeMap<>();
        try (SafetensorsFile expected = SafetensorsFile.open(golden.recording());
                SafetensorsFile actual = SafetensorsFile.open(result)) {
            for (SafetensorsTensor stage : expected.tensors()) {
                if (isInput(stage.name()) || others.stream().anyMatch(stage.name()::startsWith)) {
                    continue;
                }
                assertTrue(actual.has(stage.name()), name + ": " + stage.name() + " is not in the result");
                assertEquals(stage.shape(), actual.tensor(stage.name()).shape(), name + ": " + stage.name());
                float[] want = expected.floats(stage.name());
                deviations.put(stage.name(), Deviation.of(want, actual.floats(stage.name())));
            }
        }
        deviations.forEach((stage, d) -> System.out.printf("%-16s %-50s %.1e%n", name, stage, d.largest()));
        deviations.forEach((stage, d) -> assertTrue(d.largest() <= LIMIT, name + ": " + stage + " deviates by " + d));
        return deviations;
    }

    private static boolean isInput(String name) {
        return name.startsWith("raw.")
                || Set.of("conditioning_vec", "initial_noise", "variance_noise", "input_ids", "attention_mask")
                        .contains(name);
    }
}
