package sinew.runtime.predict;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sinew.convert.CheckpointException;
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
    private static final double LIMIT = TestDevice.limit(2e-5);
    /// Of the first call of a network, whose deviations have not been through a sampler. The other form of GELU, for
    /// one, is further away.
    private static final double FIRST_LIMIT = TestDevice.limit(3e-6);
    private static final List<String> INPUTS = List.of("initial_noise", "variance_noise", "normalizer_check",
            "action_pred_if_model_weights_used");

    @TempDir
    Path temporary;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dp-transformer-lowdim-encoder-only", "dp-transformer-lowdim-inpaint", "dp-unet-lowdim-ddim-inpaint",
                "dp-transformer-lowdim-encoder", "dp-transformer-lowdim", "dp-unet-lowdim", "dp-unet-image"
            })
    void everyStageIsWhatDiffusionPolicyComputed(String name) throws IOException {
        Path golden = GoldenCase.find(name).recording();
        Path weights = TestPolicies.weights(name, temporary);
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

    /// The same file, but for the one flag that says which of its two sets of weights was evaluated.
    @Test
    void averagedWeightsAreUsedOnlyWhereTheTrainingUsedThem() throws IOException {
        GoldenCase golden = GoldenCase.find("dp-transformer-lowdim-encoder-only");
        Path result = predict(golden, patched(golden, "use_ema", pickle -> off(pickle, "use_ema")));
        try (SafetensorsFile expected = SafetensorsFile.open(golden.recording());
                SafetensorsFile actual = SafetensorsFile.open(result)) {
            assertTrue(deviation(expected.floats("action_pred_if_model_weights_used"), actual.floats("action_pred"))
                    <= LIMIT);
        }
    }

    @Test
    void aMaskThatIsMissingWouldShow() throws IOException {
        GoldenCase golden = GoldenCase.find("dp-transformer-lowdim-encoder");
        Path result = predict(golden, patched(golden, "causal", pickle -> off(pickle, "causal_attn")));
        try (SafetensorsFile expected = SafetensorsFile.open(golden.recording());
                SafetensorsFile actual = SafetensorsFile.open(result)) {
            assertTrue(deviation(expected.floats("action_pred"), actual.floats("action_pred")) > 1000 * LIMIT);
        }
    }

    @Test
    void actionsThatBeginOneRowLaterWouldShow() throws IOException {
        GoldenCase golden = GoldenCase.find("dp-unet-lowdim-ddim-inpaint");
        Path result = predict(golden, patched(golden, "start", pickle -> off(pickle, "oa_step_convention")));
        try (SafetensorsFile expected = SafetensorsFile.open(golden.recording());
                SafetensorsFile actual = SafetensorsFile.open(result)) {
            assertTrue(deviation(expected.floats("action_pred"), actual.floats("action_pred")) <= LIMIT);
            assertTrue(deviation(expected.floats("action"), actual.floats("action")) > 1000 * LIMIT);
        }
    }

    private Path predict(GoldenCase golden, Path checkpoint) throws IOException {
        Path weights = TestPolicies.convert(checkpoint, temporary.resolve("patched.gguf"));
        Path result = temporary.resolve("result.safetensors");
        try (Policy policy = TestPolicies.load(weights, 1)) {
            new FilePrediction(policy, new FilePrediction.Options(0, SamplingOptions.FROM_CHECKPOINT, false, false))
                    .run(golden.recording(), result);
        }
        return result;
    }

    /// Turns a setting's True, which ends the node behind its name, to False.
    private static String off(String pickle, String setting) {
        int at = pickle.indexOf("\u0088ub", pickle.indexOf(setting));
        return pickle.substring(0, at) + "\u0089" + pickle.substring(at + 1);
    }

    @Test
    void policiesThatAreNotSupportedAreRefusedByTheConfigsField() throws IOException {
        GoldenCase golden = GoldenCase.find("dp-transformer-lowdim-encoder-only");
        Path other = patched(golden, "other",
                pickle -> pickle.replace("DiffusionTransformerLowdimPolicy", "DiffusionTransformerXXXdimPolicy"));
        String message = assertThrows(CheckpointException.class,
                () -> TestPolicies.convert(other, temporary.resolve("other.gguf"))).getMessage();
        assertTrue(message.startsWith(other + ": cfg.policy._target_ is diffusion_policy.policy."), message);
        assertTrue(message.contains("DiffusionUnetImagePolicy"), message);
        Path setting = patched(golden, "setting",
                pickle -> pickle.replace("pred_action_steps_only", "pred_action_steps_most"));
        message = assertThrows(CheckpointException.class,
                () -> TestPolicies.convert(setting, temporary.resolve("setting.gguf"))).getMessage();
        assertTrue(message.contains("cfg.policy.pred_action_steps_most is a setting that is not known"), message);
    }

    /// A copy of a checkpoint with a change to its pickle that keeps its length.
    private Path patched(GoldenCase golden, String name, UnaryOperator<String> change) throws IOException {
        Path copy = temporary.resolve(name + ".ckpt");
        try (ZipFile in = new ZipFile(golden.checkpoint(temporary).toFile());
                ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(copy))) {
            for (ZipEntry entry : Collections.list(in.entries())) {
                byte[] bytes = in.getInputStream(entry).readAllBytes();
                if (entry.getName().endsWith("data.pkl")) {
                    String before = new String(bytes, StandardCharsets.ISO_8859_1);
                    String after = change.apply(before);
                    assertNotEquals(before, after);
                    bytes = after.getBytes(StandardCharsets.ISO_8859_1);
                    assertEquals(before.length(), bytes.length);
                }
                CRC32 crc = new CRC32();
                crc.update(bytes);
                ZipEntry stored = new ZipEntry(entry.getName());
                stored.setMethod(ZipEntry.STORED);
                stored.setSize(bytes.length);
                stored.setCrc(crc.getValue());
                out.putNextEntry(stored);
                out.write(bytes);
                out.closeEntry();
            }
        }
        return copy;
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
        deviations.forEach((stage, d) -> assertTrue(
                d <= (stage.startsWith("first.") ? FIRST_LIMIT : LIMIT), name + ": " + stage + " deviates by " + d));
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
