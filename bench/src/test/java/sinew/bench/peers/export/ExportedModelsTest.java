package sinew.bench.peers.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.bench.peers.NetworkCase;
import sinew.bench.peers.NetworkCase.Network;
import sinew.convert.ConversionOptions;
import sinew.convert.Converter;
import sinew.convert.SyntheticCheckpoint;
import sinew.convert.SyntheticPreset;
import sinew.convert.safetensors.Dtype;
import sinew.convert.safetensors.SafetensorsFile;

/// What exporters write, read back: sound graphs, and the checkpoint's own weights. That other runtimes compute the
/// right thing from it is tested in bench/peers.
class ExportedModelsTest {
    private static final int FLOAT = 1;
    private static final int HEIGHT = 84;
    private static final int WIDTH = 112;

    @TempDir
    static Path folder;

    private static Path unet;
    private static Path encoder;

    @BeforeAll
    static void convert() throws IOException {
        unet = weights(SyntheticPreset.TINY);
        encoder = weights(SyntheticPreset.DEMO);
    }

    private static Path weights(SyntheticPreset preset) throws IOException {
        Path checkpoint = folder.resolve(preset.key());
        SyntheticCheckpoint.write(preset, checkpoint, 0, Dtype.F32, tensor -> {});
        Path weights = folder.resolve(preset.key() + ".gguf");
        Converter.convert(checkpoint, weights, ConversionOptions.F32, (phase, tensor, done, total) -> {});
        return weights;
    }

    @Test
    void graphsAreSound() throws IOException {
        for (ExportedModels models : List.of(unet(2), encoder())) {
            requireSound(models.onnx(false));
            requireSound(models.onnx(true));
            requireSound(models.observedOnnx());
            requireSound(models.int8Onnx(() -> everywhere(models, new Range(-3, 5))));
        }
    }

    private static void requireSound(Path path) throws IOException {
        ReadModel model = new ReadModel(path);
        assertEquals(8, model.irVersion);
        assertEquals(17, model.opset);
        Set<String> known = new HashSet<>(model.inputs);
        known.addAll(model.tensors.keySet());
        for (ReadModel.Node node : model.nodes) {
            assertTrue(known.containsAll(node.inputs()), path + ": " + node + " comes before what it reads");
            for (String output : node.outputs()) {
                assertTrue(known.add(output), path + ": " + output + " is made twice");
            }
        }
        assertTrue(known.containsAll(model.outputs), path.toString());
        for (ReadModel.Tensor tensor : model.tensors.values()) {
            int size = List.of(0, 4, 1, 1, 0, 0, 4, 8).get(tensor.type());
            assertEquals(tensor.elements() * size, tensor.bytes(), tensor.name());
            if (tensor.file() != null) {
                assertTrue(tensor.offset() + tensor.bytes() <= Files.size(path.resolveSibling(tensor.file())));
                assertEquals(0, tensor.offset() % 4096, tensor.name());
            }
        }
    }

    @Test
    void tensorsAreThoseOfTheCheckpoint() throws IOException {
        int compared = requireSameTensors(unet(1).onnx(false), SyntheticPreset.TINY);
        assertEquals(compared, requireSameTensors(unet(1).onnx(true), SyntheticPreset.TINY));
        assertTrue(compared > 50, "only " + compared);
        assertTrue(requireSameTensors(encoder().onnx(false), SyntheticPreset.DEMO) > 60);
    }

    private static int requireSameTensors(Path path, SyntheticPreset preset) throws IOException {
        ReadModel model = new ReadModel(path);
        int compared = 0;
        try (SafetensorsFile checkpoint =
                SafetensorsFile.open(folder.resolve(preset.key()).resolve("model.safetensors"))) {
            for (ReadModel.Tensor tensor : model.tensors.values()) {
                if (tensor.file() != null) {
                    assertEquals(FLOAT, tensor.type());
                    float[] source = checkpoint.floats("diffusion." + tensor.name());
                    assertArrayEquals(source, model.floats(tensor.name()), tensor.name());
                    compared++;
                }
            }
        }
        return compared;
    }

    @Test
    void shapesAreLiftedAndNothingElseChanges() throws IOException {
        ReadModel flat = new ReadModel(unet(1).onnx(false));
        ReadModel lifted = new ReadModel(unet(1).onnx(true));
        String name = "unet.mid_modules.0.conv1.block.0.weight";
        assertEquals(List.of(32L, 32L, 3L), flat.tensors.get(name).shape());
        assertEquals(List.of(32L, 32L, 1L, 3L), lifted.tensors.get(name).shape());
        assertEquals(flat.tensors.get(name).offset(), lifted.tensors.get(name).offset());
    }

    @Test
    void weightsInInt8AreWithinHalfAStep() throws IOException {
        ExportedModels models = unet(1);
        ReadModel exact = new ReadModel(models.onnx(false));
        ReadModel int8 = new ReadModel(models.int8Onnx(() -> everywhere(models, new Range(-3, 5))));
        int layers = 0;
        for (ReadModel.Tensor tensor : int8.tensors.values()) {
            if (!tensor.name().endsWith(".weight.s8")) {
                continue;
            }
            String name = tensor.name().substring(0, tensor.name().length() - ".s8".length());
            float[] weights = exact.floats(name);
            float[] scales = int8.floats(name + ".scale");
            ByteBuffer bytes = int8.data(tensor);
            for (int i = 0; i < weights.length; i++) {
                float scale = scales[i / (weights.length / scales.length)];
                assertEquals(weights[i], bytes.get(i) * scale, scale * 0.501, name);
            }
            layers++;
        }
        assertTrue(layers > 20, "only " + layers);
    }

    @Test
    void rangesBecomeScalesThatKeepZero() {
        Range range = new Range(-1, 3);
        assertEquals(4f / 255, range.scale());
        assertEquals(64, range.zeroPoint());
        assertEquals(0, new Range(2, 4).zeroPoint());
        assertEquals(255, new Range(-4, -2).zeroPoint());
        assertEquals(1, new Range(0, 0).scale());
        assertThrows(IllegalArgumentException.class, () -> new Range(Float.NaN, 1));
    }

    @Test
    void batchesShareTheTensors() throws IOException {
        Path first = unet(3).onnx(false);
        Path tensors = first.resolveSibling(new ReadModel(first).tensors.get("unet.final_conv.1.weight").file());
        FileTime written = Files.getLastModifiedTime(tensors);
        Path second = unet(4).onnx(false);
        assertTrue(!first.equals(second) && first.getParent().equals(second.getParent()));
        assertEquals(written, Files.getLastModifiedTime(tensors));
    }

    @Test
    void changedWeightsAreExportedAnew() throws IOException {
        Path before = unet(1).onnx(false);
        FileTime time = Files.getLastModifiedTime(unet);
        try {
            Files.setLastModifiedTime(unet, FileTime.fromMillis(time.toMillis() + 5000));
            assertTrue(!before.getParent().equals(unet(1).onnx(false).getParent()));
        } finally {
            Files.setLastModifiedTime(unet, time);
        }
    }

    @Test
    void aTruncatedTensorFileIsReported() throws IOException {
        Path damaged = folder.resolve("damaged");
        Path model = new ExportedModels(new NetworkCase(unet, Network.UNET_STEP, 1, 0, 0), damaged).onnx(false);
        Files.write(model.resolveSibling("unet_step-f32.bin"), new byte[10]);
        ExportedModels again = new ExportedModels(new NetworkCase(unet, Network.UNET_STEP, 2, 0, 0), damaged);
        String message = assertThrows(IOException.class, () -> again.onnx(false)).getMessage();
        assertTrue(message.contains("unet_step-f32.bin") && message.contains("Delete"), message);
    }

    @Test
    void anotherPictureSizeThanTheWeightsAreForIsRefused() throws IOException {
        ExportedModels models = new ExportedModels(
                new NetworkCase(encoder, Network.ENCODER, 1, 224, 224), folder.resolve("cache"));
        String message = assertThrows(IllegalArgumentException.class, () -> models.onnx(false)).getMessage();
        assertTrue(message.contains("pos_grid"), message);
    }

    @Test
    void torchScriptHoldsTheCheckpointsTensors() throws IOException {
        Path script = unet(1).torchScript();
        try (ZipFile zip = new ZipFile(script.toFile());
                SafetensorsFile checkpoint =
                        SafetensorsFile.open(folder.resolve("tiny").resolve("model.safetensors"))) {
            assertEquals("10\n", text(zip, "network/version"));
            String source = text(zip, "network/code/__torch__.py");
            assertTrue(source.contains("def forward(self: __torch__.Network, sample: Tensor, timestep: Tensor, cond"));
            assertTrue(source.contains("torch.conv_transpose1d("), source);
            // The transposed convolution's weight is the only tensor of its size.
            float[] want = checkpoint.floats("diffusion.unet.up_modules.0.2.weight");
            assertTrue(zip.stream().anyMatch(entry -> sameFloats(zip, entry, want)));
            zip.stream().forEach(entry -> assertEquals(ZipEntry.STORED, entry.getMethod(), entry.getName()));
        }
    }

    private static boolean sameFloats(ZipFile zip, ZipEntry entry, float[] want) {
        try {
            if (entry.getSize() != (long) want.length * Float.BYTES) {
                return false;
            }
            byte[] bytes = zip.getInputStream(entry).readAllBytes();
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer()
                    .equals(FloatBuffer.wrap(want));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(ZipFile zip, String name) throws IOException {
        return new String(zip.getInputStream(zip.getEntry(name)).readAllBytes(), StandardCharsets.UTF_8);
    }

    /// The same range for every value that the observed model tells of.
    private static Map<String, Range> everywhere(ExportedModels models, Range range) throws IOException {
        Map<String, Range> ranges = new HashMap<>();
        for (String output : new ReadModel(models.observedOnnx()).outputs) {
            ranges.put(output.replaceFirst("\\.m(in|ax)$", ""), range);
        }
        return ranges;
    }

    private static ExportedModels unet(int batch) throws IOException {
        return new ExportedModels(new NetworkCase(unet, Network.UNET_STEP, batch, 0, 0), folder.resolve("cache"));
    }

    private static ExportedModels encoder() throws IOException {
        return new ExportedModels(
                new NetworkCase(encoder, Network.ENCODER, 2, HEIGHT, WIDTH), folder.resolve("cache"));
    }
}
