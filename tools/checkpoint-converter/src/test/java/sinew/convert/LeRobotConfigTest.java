package sinew.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.NormalizationMode;
import sinew.engine.policy.SchedulerSpec;
import sinew.engine.policy.VisionSpec;

class LeRobotConfigTest {
    private static final String FEATURES = """
            "input_features": {
              "observation.images.wrist": {"type": "VISUAL", "shape": [3, 96, 128]},
              "observation.state": {"type": "STATE", "shape": [6]},
              "observation.images.front": {"type": "VISUAL", "shape": [3, 96, 128]}},
            "output_features": {"action": {"type": "ACTION", "shape": [6]}}""";

    @TempDir
    Path folder;

    @Test
    void missingFieldsOfOldConfigsHaveOldDefaults() throws IOException {
        LeRobotConfig c = read("{\"type\": \"diffusion\", " + FEATURES + "}");
        assertEquals(16, c.horizon());
        assertEquals(8, c.nActionSteps());
        assertEquals(2, c.nObsSteps());
        assertTrue(c.vision().groupNorm());
        assertFalse(c.vision().separateEncoders());
        assertEquals(new VisionSpec.Size(84, 84), c.vision().crop());
        assertEquals("[512, 1024, 2048]", c.unet().downDims().toString());
        assertEquals(SchedulerSpec.Kind.DDPM, c.scheduler().kind());
        assertEquals(100, c.scheduler().numInferenceSteps());
        assertEquals(NormalizationMode.MIN_MAX, c.modes().get("observation.state"));
        assertEquals(NormalizationMode.MEAN_STD, c.modes().get("observation.images.front"));
    }

    @Test
    void missingFieldsOfNewConfigsHaveNewDefaults() throws IOException {
        LeRobotConfig c = read("{\"type\": \"diffusion\", \"resize_shape\": null, " + FEATURES + "}");
        assertEquals(64, c.horizon());
        assertEquals(32, c.nActionSteps());
        assertFalse(c.vision().groupNorm());
        assertTrue(c.vision().separateEncoders());
        assertNull(c.vision().crop());
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", value = {
        // resize, ratio, crop given, resize wanted, crop wanted
        "'[96, 128]', 0.875, '[1, 1]', 96x128, 84x112",
        "'[97, 129]', 0.9,   null,     97x129, 87x116",
        "'[96, 128]', 1.0,   '[84, 84]', 96x128, -",
        "null,        0.5,   '[80, 90]', -,    80x90",
        "null,        1.0,   null,     -,      -",
    })
    void cropComesFromTheRatioWhereThereIsAResize(String resize, String ratio, String crop, String wantResize,
            String wantCrop) throws IOException {
        LeRobotConfig c = read("{\"type\": \"diffusion\", \"resize_shape\": " + resize + ", \"crop_ratio\": " + ratio
                + ", \"crop_shape\": " + crop + ", " + FEATURES + "}");
        assertEquals(wantResize, size(c.vision().resize()));
        assertEquals(wantCrop, size(c.vision().crop()));
    }

    @Test
    void inputsKeepTheOrderOfTheConfig() throws IOException {
        LeRobotConfig c = read("{\"type\": \"diffusion\", " + FEATURES + "}");
        assertEquals("[observation.images.wrist, observation.state, observation.images.front]",
                c.inputs().stream().map(Feature::name).toList().toString());
    }

    @Test
    void configsOf2024AreRead() throws IOException {
        LeRobotConfig c = read("""
                {"input_shapes": {"observation.image": [3, 96, 96], "observation.state": [2]},
                 "output_shapes": {"action": [2]},
                 "input_normalization_modes": {"observation.image": "mean_std", "observation.state": "min_max"},
                 "output_normalization_modes": {"action": "min_max"},
                 "crop_shape": [84, 84], "noise_scheduler_type": "DDPM", "horizon": 16}""");
        assertEquals(FeatureType.VISUAL, c.inputs().getFirst().type());
        assertEquals(Map.of("observation.image", NormalizationMode.MEAN_STD, "observation.state",
                NormalizationMode.MIN_MAX, "action", NormalizationMode.MIN_MAX), c.modes());
    }

    @Test
    void explicitNullCropMeansNone() throws IOException {
        assertNull(read("{\"type\": \"diffusion\", \"crop_shape\": null, " + FEATURES + "}").vision().crop());
    }

    private LeRobotConfig read(String json) throws IOException {
        Path path = folder.resolve("config.json");
        Files.writeString(path, json);
        Problems problems = new Problems(path);
        LeRobotConfig config = LeRobotConfig.read(path, problems);
        problems.throwIfAny();
        return config;
    }

    private static String size(VisionSpec.Size size) {
        return size == null ? null : size.height() + "x" + size.width();
    }
}
