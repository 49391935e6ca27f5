package sinew.runtime.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.convert.ConversionOptions;
import sinew.convert.Converter;
import sinew.convert.ProgressListener;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsWriter;

class PredictCommandTest {
    private static final Path GOLDEN = Path.of("src/test/resources/goldens/envstate-sample");
    private static final Path INPUT = GOLDEN.resolve("golden.safetensors");

    @TempDir
    static Path folder;

    private static Path weights;

    private record Outcome(int code, String out, String err) {}

    @BeforeAll
    static void convert() throws IOException {
        weights = folder.resolve("policy.gguf");
        Converter.convert(GOLDEN, weights, ConversionOptions.F32, ProgressListener.SILENT);
    }

    @Test
    void writesWhatTheGoldensCallActions() throws IOException {
        Path output = folder.resolve("plain.safetensors");
        Outcome outcome = predict(weights, INPUT, output);
        assertEquals(0, outcome.code, outcome.err);
        assertTrue(outcome.out.contains("action_chunk [8, 6]"), outcome.out);
        try (SafetensorsFile ours = SafetensorsFile.open(output);
                SafetensorsFile golden = SafetensorsFile.open(INPUT)) {
            assertEquals(2, ours.tensors().size());
            assertArrayEquals(golden.floats("action_chunk"), ours.floats("action_chunk"), 1e-3f);
        }
    }

    @Test
    void aCheckpointDirectoryIsConvertedOnce() throws IOException {
        Path checkpoint = Files.createDirectory(folder.resolve("checkpoint"));
        try (var files = Files.list(GOLDEN)) {
            for (Path file : files.toList()) {
                Files.copy(file, checkpoint.resolve(file.getFileName()));
            }
        }
        Path output = folder.resolve("fromDirectory.safetensors");
        assertEquals(0, predict(checkpoint, INPUT, output).code);
        Path cached = checkpoint.resolve("sinew-cache-f32.gguf");
        long made = Files.getLastModifiedTime(cached).toMillis();
        assertEquals(0, predict(checkpoint, INPUT, output, "--rollout").code);
        assertEquals(made, Files.getLastModifiedTime(cached).toMillis());
        try (SafetensorsFile ours = SafetensorsFile.open(output)) {
            assertEquals(List.of(18, 6), ours.tensor("rollout.actions").shape());
        }
    }

    @Test
    void aCheckpointFileIsConvertedOnceAndItsRecordingTakenAsItIs() throws IOException {
        Path golden = Path.of("src/test/resources/goldens/dp-transformer-lowdim-inpaint");
        Path run = Files.createDirectories(folder.resolve("run/checkpoints"));
        Path file = Files.copy(golden.resolve("latest.ckpt"), run.resolve("latest.ckpt"));
        Path output = folder.resolve("fromFile.safetensors");
        Path input = golden.resolve("golden.safetensors");
        Outcome outcome = predict(file, input, output);
        assertEquals(0, outcome.code, outcome.err);
        assertTrue(outcome.out.contains("action [2, 4, 2], action_obs_pred [2, 4, 6]")
                || outcome.out.contains("action_pred [2, 10, 2]"), outcome.out);
        Path cached = run.resolve("latest.ckpt.sinew-cache-f32.gguf");
        long made = Files.getLastModifiedTime(cached).toMillis();
        assertEquals(0, predict(run.getParent(), input, output).code);
        assertEquals(made, Files.getLastModifiedTime(cached).toMillis());
        try (SafetensorsFile ours = SafetensorsFile.open(output);
                SafetensorsFile recorded = SafetensorsFile.open(input)) {
            assertEquals(4, ours.tensors().size());
            for (String name : List.of("action", "action_pred", "action_obs_pred", "obs_pred")) {
                assertArrayEquals(recorded.floats(name), ours.floats(name), 1e-3f, name);
            }
        }
        assertEquals(0, predict(file, input, output, "--type", "bf16").code);
        assertTrue(Files.exists(run.resolve("latest.ckpt.sinew-cache-bf16.gguf")));
    }

    @Test
    void theSeedDecidesNoiseThatTheInputLacks() throws IOException {
        Path input = folder.resolve("noNoise.safetensors");
        try (SafetensorsFile golden = SafetensorsFile.open(INPUT)) {
            SafetensorsWriter writer = new SafetensorsWriter();
            for (String name : List.of("input.observation.state", "input.observation.environment_state")) {
                int[] shape = golden.tensor(name).shape().stream().mapToInt(Integer::intValue).toArray();
                writer.floats(name, golden.floats(name), shape);
            }
            writer.write(input);
        }
        float[] seven = chunk(input, "--seed", "7");
        assertArrayEquals(seven, chunk(input, "--seed", "7"));
        assertFalse(Arrays.equals(seven, chunk(input, "--seed", "8")));
        assertFalse(Arrays.equals(seven, chunk(input, "--seed", "7", "--scheduler", "ddpm", "--steps", "7")));
    }

    private static float[] chunk(Path input, String... more) throws IOException {
        Path output = folder.resolve("seeded.safetensors");
        Outcome outcome = predict(weights, input, output, more);
        assertEquals(0, outcome.code, outcome.err);
        try (SafetensorsFile ours = SafetensorsFile.open(output)) {
            return ours.floats("action_chunk");
        }
    }

    @Test
    void wrongOptionsEndWithTwo() {
        Path output = folder.resolve("none.safetensors");
        usage(predict(weights, INPUT, output, "--steps", "101"), "1 to 100");
        usage(predict(weights, INPUT, output, "--steps", "0"), "--steps");
        usage(predict(weights, INPUT, output, "--scheduler", "dimm"), "did you mean 'ddim'");
        usage(predict(weights, INPUT, output, "--threads", "0"), "--threads");
        assertFalse(Files.exists(output));
    }

    @Test
    void inputsThatDoNotFitEndWithOneAndSayWhy() throws IOException {
        Path output = folder.resolve("none.safetensors");
        failure(predict(folder.resolve("absent.gguf"), INPUT, output), "absent.gguf");
        failure(predict(weights, folder.resolve("absent.safetensors"), output), "absent.safetensors");
        failure(predict(weights, GOLDEN.resolve("config.json"), output), "config.json");
        failure(predict(weights, INPUT, folder.resolve("no/such/out.safetensors")), "no/such does not exist");

        Path empty = folder.resolve("empty.safetensors");
        new SafetensorsWriter().floats("noise", new float[96], 1, 16, 6).write(empty);
        failure(predict(weights, empty, output), "has no tensor input.observation.state");
        failure(predict(weights, empty, output, "--rollout"), "rollout.input.");

        Path narrow = folder.resolve("narrow.safetensors");
        new SafetensorsWriter()
                .floats("input.observation.state", new float[12], 2, 6)
                .floats("input.observation.environment_state", new float[30], 2, 15)
                .write(narrow);
        failure(predict(weights, narrow, output), "observation.environment_state has 15 values instead of 16");

        Path noisy = folder.resolve("noisy.safetensors");
        new SafetensorsWriter()
                .floats("input.observation.state", new float[12], 2, 6)
                .floats("input.observation.environment_state", new float[32], 2, 16)
                .floats("noise", new float[90], 1, 15, 6)
                .write(noisy);
        failure(predict(weights, noisy, output), "noise has shape [1, 15, 6], expected [..., 16, 6]");
        assertFalse(Files.exists(output));
    }

    private static void usage(Outcome outcome, String part) {
        assertEquals(2, outcome.code, outcome.err);
        assertTrue(outcome.err.contains(part), outcome.err);
    }

    private static void failure(Outcome outcome, String part) {
        assertEquals(1, outcome.code, outcome.err);
        assertTrue(outcome.err.contains(part), outcome.err);
        assertFalse(outcome.err.contains("\tat "), outcome.err);
    }

    private static Outcome predict(Path policy, Path input, Path output, String... more) {
        List<String> arguments = new ArrayList<>(List.of("predict", "--policy.path", policy.toString()));
        arguments.addAll(List.of("--input", input.toString(), "--output", output.toString()));
        arguments.addAll(List.of(more));
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments.toArray(String[]::new));
        return new Outcome(code, out.toString(), err.toString());
    }
}
