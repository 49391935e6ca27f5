package sinew.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.engine.weights.WeightsFile;
import sinew.kernels.WeightType;

/// What is wrong with a checkpoint is said, all of it at once, and nothing is written.
class CheckpointProblemsTest {
    @TempDir
    Path scratch;

    private Path checkpoint;
    private Path weights;

    @BeforeEach
    void write() throws IOException {
        checkpoint = Checkpoints.tiny(scratch.resolve("tiny"));
        weights = checkpoint.resolve("model.safetensors");
    }

    @Test
    void aSoundCheckpointConvertsWithoutNotes() throws IOException {
        ConversionReport report = convert();
        assertEquals(List.of(), report.notes());
        assertEquals(Files.size(report.file()), report.bytes());
    }

    @Test
    void everyProblemIsListedAtOnce() throws IOException {
        Checkpoints.edit(weights, (name, values, shape, out) -> {
            if (name.equals("diffusion.unet.final_conv.1.bias")) {
                out.floats("diffusion.unet.final_conv.2.bias", values, shape);
                return;
            }
            if (name.equals("diffusion.unet.mid_modules.0.conv1.block.0.bias")) {
                values[3] = Float.NaN;
                values[5] = Float.POSITIVE_INFINITY;
            }
            boolean bent = name.equals("diffusion.unet.down_modules.0.0.residual_conv.weight");
            out.floats(name, values, bent ? new int[] {shape[0] * shape[1]} : shape);
        });
        Checkpoints.edit(checkpoint.resolve(Checkpoints.STATE_FILE), (name, values, shape, out) -> {
            if (name.equals("observation.state.min")) {
                out.floats(name, Arrays.copyOf(values, 5), 5);
            } else {
                out.floats(name, values, shape);
            }
        });
        Checkpoints.edit(checkpoint.resolve("config.json"), c -> c.put("clip_sample_range", -1));
        assertRefused(
                "missing tensor diffusion.unet.final_conv.1.bias [6]",
                "unexpected tensor diffusion.unet.final_conv.2.bias [6]",
                "diffusion.unet.down_modules.0.0.residual_conv.weight has shape [96], config.json asks for [16, 6, 1]",
                "mid_modules.0.conv1.block.0.bias has 2 of 32 values that are not finite, the first (NaN) at index 3",
                "observation.state.min has 5 values, want 6",
                "clip_sample_range is -1.0");
    }

    @Test
    void wrongConfigsAreExplained() throws IOException {
        assertConfigRefused(c -> c.put("horizon", 18), "horizon is 18, which must divide by 4 = 2^2");
        assertConfigRefused(c -> c.put("noise_scheduler_type", "EulerDiscrete"), "\"EulerDiscrete\"", "DDPM, DDIM");
        assertConfigRefused(c -> c.put("beta_schedule", "sigmoid"), "DDIM does not have");
        assertConfigRefused(c -> c.put("prediction_type", "velocity"), "\"velocity\"");
        assertConfigRefused(c -> c.put("n_action_steps", 17), "n_action_steps is 17, at most");
        assertConfigRefused(c -> c.put("num_inference_steps", 101), "num_inference_steps is 101");
        assertConfigRefused(c -> c.put("n_groups", 5), "does not divide into n_groups = 5");
        assertConfigRefused(c -> c.put("kernel_size", "five"), "kernel_size is \"five\"");
        assertConfigRefused(c -> c.put("type", "vqbet"), "policy type \"vqbet\"", "converts: ");
        assertConfigRefused(c -> c.putObject("output_features"), "no \"action\"");
        assertConfigRefused(c -> c.putObject("input_features"), "names no observation.state");
        assertConfigRefused(c ->
                ((ObjectNode) c.at("/input_features/observation.state")).putArray("shape").add(2).add(3),
                "of observation.state is [2, 3], want [size]");
    }

    private void assertConfigRefused(Consumer<ObjectNode> change, String... parts) throws IOException {
        Path config = checkpoint.resolve("config.json");
        String before = Files.readString(config);
        Checkpoints.edit(config, change);
        assertRefused(parts);
        Files.writeString(config, before);
    }

    @Test
    void damagedFilesAreNamed() throws IOException {
        byte[] whole = Files.readAllBytes(weights);
        Files.write(weights, Arrays.copyOf(whole, whole.length / 2));
        assertRefused("model.safetensors", "cut short");
        Files.delete(weights);
        assertRefused("model.safetensors is missing");
        Files.write(weights, whole);
        Files.writeString(checkpoint.resolve("config.json"), "{\"type\": \"diffusion\",");
        assertRefused("config.json", "not valid JSON");
        Files.delete(checkpoint.resolve("config.json"));
        assertRefused("holds no config.json");
    }

    @Test
    void missingStatisticsAreRefusedUnlessAskedFor() throws IOException {
        Checkpoints.edit(checkpoint.resolve(Checkpoints.STATE_FILE), (name, values, shape, out) -> {
            if (!name.equals("observation.state.max")) {
                out.floats(name, values, shape);
            }
        });
        assertRefused("observation.state should be normalised by MIN_MAX, but the checkpoint has no max",
                "--allow-unnormalized");
        Path file = scratch.resolve("raw.gguf");
        ConversionReport report = Converter.convert(checkpoint, file, new ConversionOptions(WeightType.F32, true),
                ProgressListener.SILENT);
        assertTrue(report.notes().getFirst().contains("NOT normalised"), report.notes().toString());
        try (WeightsFile out = WeightsFile.openHeader(file)) {
            assertFalse(out.scope().has("normalize.observation.state.center"));
            assertTrue(out.scope().has("unnormalize.action.center"));
        }
    }

    @Test
    void missingStateFilesAreNamed() throws IOException {
        Files.delete(checkpoint.resolve(Checkpoints.STATE_FILE));
        assertRefused(Checkpoints.STATE_FILE, "not in the checkpoint's directory");
    }

    @Test
    void stateFilesOutsideTheCheckpointAreNotOpened() throws IOException {
        Files.copy(checkpoint.resolve(Checkpoints.STATE_FILE), scratch.resolve("elsewhere.safetensors"));
        Checkpoints.edit(checkpoint.resolve("policy_preprocessor.json"), c ->
                ((ObjectNode) c.at("/steps/3")).put("state_file", "../elsewhere.safetensors"));
        assertRefused("../elsewhere.safetensors, which is not in the checkpoint's directory");
    }

    @Test
    void stepsThatCouldChangeNumbersAreRefused() throws IOException {
        Checkpoints.edit(checkpoint.resolve("policy_preprocessor.json"), c ->
                ((ArrayNode) c.get("steps")).addObject().put("registry_name", "delta_actions_processor"));
        assertRefused("step delta_actions_processor may change observations or actions");
    }

    @Test
    void jointsThatNeverMovedAreExplained() throws IOException {
        for (String file : List.of(Checkpoints.STATE_FILE, Checkpoints.STATE_FILE
                .replace("preprocessor_step_3_normalizer", "postprocessor_step_0_unnormalizer"))) {
            Checkpoints.edit(checkpoint.resolve(file), (name, values, shape, out) -> {
                if (name.endsWith(".min") || name.endsWith(".max")) {
                    values[2] = 7;
                }
                out.floats(name, values, shape);
            });
        }
        String notes = String.join("\n", convert().notes());
        assertTrue(notes.contains("observation.state[2] never changed in training (min = max = 7.0)"), notes);
        assertTrue(notes.contains("action[2] never changed in training"), notes);
    }

    @Test
    void statisticsThatCannotBeAreRefused() throws IOException {
        Checkpoints.edit(checkpoint.resolve(Checkpoints.STATE_FILE), (name, values, shape, out) -> {
            if (name.equals("observation.state.max")) {
                values[0] = -500;
            }
            if (name.equals("observation.state.min")) {
                values[4] = Float.NEGATIVE_INFINITY;
            }
            out.floats(name, values, shape);
        });
        assertRefused("observation.state.min[4] is -Infinity");
        Checkpoints.edit(checkpoint.resolve(Checkpoints.STATE_FILE), (name, values, shape, out) -> {
            if (name.equals("observation.state.min")) {
                values[4] = -100;
            }
            out.floats(name, values, shape);
        });
        assertRefused("statistics of observation.state[0] cannot be");
    }

    private ConversionReport convert() throws IOException {
        return Converter.convert(checkpoint, scratch.resolve("out.gguf"), ConversionOptions.F32,
                ProgressListener.SILENT);
    }

    private void assertRefused(String... parts) throws IOException {
        String message = assertThrows(CheckpointException.class, this::convert).getMessage();
        for (String part : parts) {
            assertTrue(message.contains(part), () -> "want \"" + part + "\" in:\n" + message);
        }
        try (var files = Files.list(scratch)) {
            assertTrue(files.noneMatch(f -> f.toString().contains("gguf")), "something was written");
        }
    }
}
