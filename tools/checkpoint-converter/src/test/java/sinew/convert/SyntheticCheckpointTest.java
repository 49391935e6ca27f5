package sinew.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sinew.convert.goldens.Goldens;
import sinew.convert.safetensors.Dtype;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.weights.WeightsFile;
import sinew.kernels.WeightType;

class SyntheticCheckpointTest {
    /// torchvision's parameter counts without the classifier (fc), from its model pages.
    private static final Map<String, Long> BACKBONES = Map.of(
            "resnet18", 11_689_512L - 513_000, "resnet34", 21_797_672L - 513_000, "resnet50", 25_557_032L - 2_049_000,
            "resnet101", 44_549_160L - 2_049_000, "resnet152", 60_192_808L - 2_049_000);

    @TempDir
    Path scratch;

    @Test
    void backbonesHaveTorchvisionsParameterCounts() {
        BACKBONES.forEach((name, want) -> {
            long weights = ResNetTensors.of("b", name, true).stream().mapToLong(NetworkTensor::elements).sum();
            assertEquals(want, weights, name);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "resnet18, false, true", "resnet34, true, false", "resnet50, false, false", "resnet101, true, true",
        "resnet152, false, false"
    })
    void everyBackboneConverts(String backbone, boolean groupNorm, boolean separate) throws IOException {
        Path checkpoint = Checkpoints.synthetic(scratch.resolve("c"), SyntheticPreset.DEMO, c -> {
            c.put("vision_backbone", backbone);
            c.put("use_group_norm", groupNorm);
            c.put("use_separate_rgb_encoder_per_camera", separate && !backbone.equals("resnet101"));
            c.putArray("down_dims").add(16).add(32);
        });
        Path file = scratch.resolve("out.gguf");
        ConversionReport report = Converter.convert(checkpoint, file, new ConversionOptions(WeightType.BF16, false),
                ProgressListener.SILENT);
        assertTrue(report.parameters() > BACKBONES.get(backbone) * (separate && backbone.equals("resnet18") ? 2 : 1));
        try (WeightsFile weights = WeightsFile.openHeader(file)) {
            assertEquals(groupNorm, weights.find("rgb_encoder" + (backbone.equals("resnet18") ? ".1" : "")
                    + ".backbone.7.0.bn1.weight") != null);
        } finally {
            Files.delete(file);
            Files.delete(checkpoint.resolve("model.safetensors"));
        }
    }

    /// What we write has the names, shapes and files that LeRobot writes.
    @Test
    void looksLikeACheckpointOfLeRobot() throws IOException {
        Path golden = Goldens.lerobot("lift-ddim");
        Path made = scratch.resolve("made");
        SyntheticCheckpoint.write(golden.resolve("config.json"), made, 3, Dtype.F16, t -> {});
        assertEquals(names(golden).filter(n -> !n.startsWith("golden.")).toList(), names(made).toList());
        for (String file : List.of("model.safetensors", Checkpoints.STATE_FILE)) {
            try (SafetensorsFile a = SafetensorsFile.open(golden.resolve(file));
                    SafetensorsFile b = SafetensorsFile.open(made.resolve(file))) {
                for (SafetensorsTensor t : b.tensors()) {
                    assertEquals(a.tensor(t.name()).shape(), t.shape(), t.name());
                }
                assertTrue(!file.startsWith("model") || a.tensors().size() == b.tensors().size());
            }
        }
        try (SafetensorsFile a = SafetensorsFile.open(golden.resolve("model.safetensors"));
                SafetensorsFile b = SafetensorsFile.open(made.resolve("model.safetensors"))) {
            String grid = "diffusion.rgb_encoder.pool.pos_grid";
            assertArrayEquals(a.floats(grid), b.floats(grid));
        }
    }

    private static Stream<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList().stream();
        }
    }

    @Test
    void theSeedDecidesEveryByte() throws IOException {
        byte[] first = weights("a", 5);
        assertArrayEquals(first, weights("b", 5));
        assertFalse(Arrays.equals(first, weights("c", 6)));
    }

    private byte[] weights(String name, long seed) throws IOException {
        Path folder = scratch.resolve(name);
        SyntheticCheckpoint.write(SyntheticPreset.TINY, folder, seed, Dtype.F32, t -> {});
        return Files.readAllBytes(folder.resolve("model.safetensors"));
    }

    @Test
    void nothingIsOverwritten() throws IOException {
        Path folder = Checkpoints.tiny(scratch.resolve("d"));
        assertThrows(IOException.class, () -> Checkpoints.tiny(folder));
    }

    @Test
    void everyPresetIsAConfigThatRuns() throws IOException {
        for (SyntheticPreset preset : SyntheticPreset.values()) {
            ObjectNode config = preset.config();
            Path file = scratch.resolve("config.json");
            Files.writeString(file, config.toString());
            Problems problems = new Problems(file);
            LeRobotConfig read = LeRobotConfig.read(file, problems);
            problems.throwIfAny();
            if (preset.key().startsWith("default")) {
                long unet = NetworkTensors.of(read.spec(Map.of(), read.vision())).stream()
                        .filter(t -> t.name().startsWith("unet."))
                        .mapToLong(NetworkTensor::parameters).sum();
                assertTrue(unet > 250_000_000, preset.key() + " has " + unet);
            }
        }
    }

    @Test
    void demosAnswerWithSixteenActions() throws IOException {
        Path checkpoint = scratch.resolve("demo");
        SyntheticCheckpoint.write(SyntheticPreset.DEMO_SORT, checkpoint, 0, Dtype.BF16, t -> {});
        Path file = scratch.resolve("demo.gguf");
        Converter.convert(checkpoint, file, ConversionOptions.F32, ProgressListener.SILENT);
        try (WeightsFile weights = WeightsFile.openHeader(file)) {
            DiffusionSpec spec = (DiffusionSpec) SpecMetadata.read(weights.metadata());
            assertEquals(16, spec.nActionSteps());
            assertEquals(3, spec.cameras().size());
            assertEquals(0, weights.metadata().numbers("sinew.stats.action.min")[5]);
            assertEquals(-100, weights.metadata().numbers("sinew.stats.action.min")[6]);
        }
    }
}
