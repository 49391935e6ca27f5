package sinew.convert.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sinew.convert.goldens.Goldens;
import sinew.convert.safetensors.SafetensorsFile;

/// The checkpoints that diffusion_policy's own saver wrote, against what PyTorch itself read from them.
class GoldenTorchCheckpointTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Map<?, ?> map(Object root, String... path) {
        Object at = root;
        for (String step : path) {
            at = ((Map<?, ?>) at).get(step);
        }
        return (Map<?, ?>) at;
    }

    private static void checkAgainst(JsonNode golden, TorchCheckpoint checkpoint) {
        Map<String, String> expected = new TreeMap<>();
        golden.get("state_dict").properties().forEach(e -> expected.put(e.getKey(), e.getValue().get(0).asText() + " "
                + JSON.convertValue(e.getValue().get(1), List.class)));
        Map<String, String> actual = new TreeMap<>();
        map(checkpoint.root(), "state_dicts", golden.get("weights_from").asText()).forEach((name, value) -> {
            TorchTensor tensor = (TorchTensor) value;
            actual.put((String) name, tensor.dtype() + " " + tensor.shape());
        });
        assertEquals(expected, actual);
        JsonNode policy = JSON.valueToTree(map(checkpoint.root(), "cfg", "policy"));
        assertEquals(golden.get("config").toString(), policy.toString());
        assertEquals(true, map(checkpoint.root(), "cfg", "training").get("use_ema"));
        assertTrue(map(checkpoint.root(), "pickles").get("epoch") instanceof byte[]);
    }

    @Test
    void theOneInTheRepositoryReads() throws Exception {
        var folder = GoldenTorchCheckpointTest.class;
        JsonNode golden = JSON.readTree(Path.of(folder.getResource("encoder-only.json").toURI()).toFile());
        Path path = Path.of(folder.getResource("encoder-only.ckpt").toURI());
        try (TorchCheckpoint checkpoint = TorchCheckpoint.open(path)) {
            checkAgainst(golden, checkpoint);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dp-transformer-lowdim", "dp-transformer-lowdim-encoder",
        "dp-transformer-lowdim-encoder-only", "dp-transformer-lowdim-inpaint", "dp-unet-image", "dp-unet-lowdim",
        "dp-unet-lowdim-ddim-inpaint"})
    void everyCheckpointReads(String name) throws IOException {
        Path folder = Goldens.diffusionPolicy(name);
        JsonNode golden = JSON.readTree(folder.resolve("golden.json").toFile());
        try (TorchCheckpoint checkpoint = TorchCheckpoint.open(folder.resolve("latest.ckpt"));
                SafetensorsFile recorded = SafetensorsFile.open(folder.resolve("golden.safetensors"))) {
            checkAgainst(golden, checkpoint);
            Map<?, ?> ema = map(checkpoint.root(), "state_dicts", "ema_model");
            float[] scale = checkpoint.floats((TorchTensor) ema.get("normalizer.params_dict.action.scale"));
            float[] offset = checkpoint.floats((TorchTensor) ema.get("normalizer.params_dict.action.offset"));
            float[] zero = new float[scale.length];
            for (int i = 0; i < zero.length; i++) {
                zero[i] = (0 - offset[i]) / scale[i];
            }
            assertArrayEquals(recorded.floats("normalizer_check.unnormalize_zero"), zero, 1e-6f);
            for (Object value : ema.values()) {
                checkpoint.floats((TorchTensor) value);
            }
        }
    }

    @Test
    void theTwoSetsOfWeightsDiffer() throws IOException {
        Path folder = Goldens.diffusionPolicy("dp-unet-lowdim");
        try (TorchCheckpoint checkpoint = TorchCheckpoint.open(folder.resolve("latest.ckpt"))) {
            Map<?, ?> dicts = map(checkpoint.root(), "state_dicts");
            assertEquals(List.of("model", "ema_model", "optimizer"), new ArrayList<>(dicts.keySet()));
            String name = "model.final_conv.1.weight";
            float[] model = checkpoint.floats((TorchTensor) map(dicts, "model").get(name));
            float[] ema = checkpoint.floats((TorchTensor) map(dicts, "ema_model").get(name));
            assertNotEquals(Arrays.toString(model), Arrays.toString(ema));
        }
    }

    @Test
    void overlappingWindowsOfOneStorageAreRead() throws IOException {
        Path folder = Goldens.diffusionPolicy("dp-unet-image");
        try (TorchCheckpoint checkpoint = TorchCheckpoint.open(folder.resolve("latest.ckpt"))) {
            Map<Long, TorchTensor> byOffset = new TreeMap<>();
            for (Object value : map(checkpoint.root(), "state_dicts", "ema_model").values()) {
                TorchTensor tensor = (TorchTensor) value;
                if (tensor.shape().equals(List.of(512, 512, 3, 3))) {
                    byOffset.put(tensor.offset(), tensor);
                }
            }
            assertEquals(List.of(0L, 100_003L, 200_006L), List.copyOf(byOffset.keySet()));
            float[] first = checkpoint.floats(byOffset.get(0L));
            float[] second = checkpoint.floats(byOffset.get(100_003L));
            assertEquals(byOffset.get(0L).storage(), byOffset.get(100_003L).storage());
            assertArrayEquals(Arrays.copyOfRange(first, 100_003, first.length),
                    Arrays.copyOf(second, first.length - 100_003));
        }
    }
}
