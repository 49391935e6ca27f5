package sinew.runtime.predict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.convert.safetensors.SafetensorsWriter;
import sinew.engine.inference.Policies;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.policy.SchedulerSpec;

/// Holds LeRobot's policies that are transformers to what LeRobot computed: converted, loaded and predicted as a user
/// would, from the recordings as they are.
class TransformerGoldenTest {
    /// A fifth of what the recordings ask for: closer than the two forms of GELU are to each other.
    private static final double LIMIT = TestDevice.limit(2e-5);

    @TempDir
    Path temporary;

    @Test
    void act() throws IOException {
        Map<String, Deviation> stages = stages("act-small", Set.of("ensemble."), true);
        assertEquals(17, stages.size(), stages.keySet()::toString);
    }

    /// A whole policy with CLIP towers, from pictures and token ids to actions, two samples at once.
    @Test
    void multiTaskDitWithClip() throws IOException {
        Map<String, Deviation> stages = stages("multi-task-dit-clip", Set.of(), true);
        assertEquals(15, stages.size(), stages.keySet()::toString);
    }

    /// The network alone, with rotary positions: DDPM.
    @Test
    void multiTaskDitByDiffusion() throws IOException {
        Map<String, Deviation> stages = stages("multi-task-dit-diffusion", Set.of("ddim.", "ddpm_strided.", "conditioning_vec"), true);
        assertEquals(18, stages.size(), stages.keySet()::toString);
    }

    /// The network alone, with learned positions: Euler's method.
    @Test
    void multiTaskDitByFlowMatching() throws IOException {
        Map<String, Deviation> stages = stages("multi-task-dit-flow", Set.of("rk4.", "conditioning_vec"), true);
        assertEquals(14, stages.size(), stages.keySet()::toString);
    }

    @ParameterizedTest
    @CsvSource({
        "multi-task-dit-diffusion, ddim, DDIM, 10",
        "multi-task-dit-diffusion, ddpm_strided, DDPM, 10",
        "multi-task-dit-flow, rk4, RK4, 4"
    })
    void otherSamplers(String name, String run, SchedulerSpec.Kind kind, int steps) throws IOException {
        GoldenCase golden = GoldenCase.find(name);
        Path input = input(golden, run);
        Path result = predict(golden, input, new SamplingOptions(kind, steps), true);
        try (SafetensorsFile expected = SafetensorsFile.open(golden.recording());
                SafetensorsFile actual = SafetensorsFile.open(result)) {
            int compared = 0;
            for (SafetensorsTensor stage : expected.tensors()) {
                String ours = stage.name().startsWith(run + ".") ? stage.name().substring(run.length() + 1) : null;
                if (ours != null && !isInput(ours)) {
                    Deviation d = Deviation.of(expected.floats(stage.name()), actual.floats(ours));
                    System.out.printf("%-16s %-50s %.1e%n", name, stage.name(), d.largest());
                    assertEquals(stage.shape(), actual.tensor(ours).shape(), stage.name());
                    assertTrue(d.largest() <= LIMIT, name + ": " + stage.name() + " deviates by " + d);
                    compared++;
                }
            }
            assertEquals(kind == SchedulerSpec.Kind.RK4 ? 5 : 6, compared);
        }
    }

    @Test
    void samplersOfTheOtherObjectiveAreRefused() throws IOException {
        for (Object[] wrong : new Object[][] {
            {"multi-task-dit-flow", SchedulerSpec.Kind.DDPM}, {"multi-task-dit-diffusion", SchedulerSpec.Kind.EULER}
        }) {
            GoldenCase golden = GoldenCase.find((String) wrong[0]);
            SamplingOptions sampling = new SamplingOptions((SchedulerSpec.Kind) wrong[1], null);
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> predict(golden, golden.recording(), sampling, false))
                    .getMessage();
            assertTrue(message.contains("was trained for"), message);
        }
    }

    /// The inputs of one of several recorded runs, as a file of their own.
    private Path input(GoldenCase golden, String run) throws IOException {
        Path input = temporary.resolve(run + ".safetensors");
        SafetensorsWriter writer = new SafetensorsWriter();
        try (SafetensorsFile recording = SafetensorsFile.open(golden.recording())) {
            copy(recording, "conditioning_vec", "conditioning_vec", writer);
            copy(recording, run + ".initial_noise", "initial_noise", writer);
            if (recording.has(run + ".variance_noise")) {
                copy(recording, run + ".variance_noise", "variance_noise", writer);
            }
            writer.write(input);
        }
        return input;
    }

    private static void copy(SafetensorsFile from, String name, String as, SafetensorsWriter to) {
        int[] shape = from.tensor(name).shape().stream().mapToInt(Integer::intValue).toArray();
        to.floats(as, from.floats(name), shape);
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
        try (Policy policy = Policies.load(weights, TestDevice.options())) {
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
                || Set.of("initial_noise", "variance_noise", "input_ids", "attention_mask").contains(name);
    }
}
