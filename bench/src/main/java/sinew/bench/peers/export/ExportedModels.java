package sinew.bench.peers.export;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;
import sinew.bench.peers.NetworkCase;
import sinew.bench.peers.NetworkCase.Network;
import sinew.bench.peers.export.OnnxModel.Type;

/// A network in the languages of other runtimes, written when it is first asked for and kept in a cache.
///
/// Inputs and outputs, float32 unless it says otherwise: the UNet takes `sample` [B, T, A], `timestep` [B] (int64) and
/// `cond` [B, condDim] and gives `output` [B, T, A]; the encoder takes `images` [B, 3, H, W] and gives `features`
/// [B, 2K].
public final class ExportedModels {
    /// Suffixes of the outputs that an observed model has for each value.
    public static final String MIN = ".min";
    public static final String MAX = ".max";

    private static final int REVISION = 1; // raise when what is exported changes

    private final NetworkCase network;
    private final Path folder;

    /// @param cache folder of all exports; a sub-folder is made for the weights
    public ExportedModels(NetworkCase network, Path cache) throws IOException {
        this.network = network;
        folder = Files.createDirectories(cache.resolve(fingerprint(network.weights())));
    }

    /// @param lifted convolutions over time as 2-D ones of height 1
    public Path onnx(boolean lifted) throws IOException {
        return onnx(lifted ? "2d" : "f32", (model, weights, tensors) ->
                write(new OnnxOperations(model, weights, tensors, lifted), weights));
    }

    /// A float32 model whose outputs are the smallest and largest number of each value, for static quantisation.
    public Path observedOnnx() throws IOException {
        return onnx("observed", (model, weights, tensors) -> {
            OnnxOperations ops = new OnnxOperations(model, weights, tensors, false);
            write(ops, weights);
            for (Value value : ops.values()) {
                model.node("ReduceMin", List.of(value.name()), List.of(value.name() + MIN), keepNoDimension());
                model.node("ReduceMax", List.of(value.name()), List.of(value.name() + MAX), keepNoDimension());
                model.output(value.name() + MIN, Type.FLOAT);
                model.output(value.name() + MAX, Type.FLOAT);
            }
        });
    }

    private static OnnxModel.Attribute keepNoDimension() {
        return OnnxModel.Attribute.integer("keepdims", 0);
    }

    /// @param ranges by the names of the observed model's values; asked for when the model must be written
    public Path int8Onnx(RangesSource ranges) throws IOException {
        if (Files.isRegularFile(onnxFile("int8"))) {
            return onnxFile("int8");
        }
        Map<String, Range> observed = ranges.observe(); // while no weights are held here
        return onnx("int8", (model, weights, tensors) -> {
            try (TensorFile int8 = new TensorFile(file("int8", ".bin"))) {
                write(new QuantizedOnnxOperations(model, weights, tensors, int8, true, observed), weights);
                int8.finish();
            }
        });
    }

    /// Gives what [#observedOnnx()] says about a typical input.
    @FunctionalInterface
    public interface RangesSource {
        Map<String, Range> observe() throws IOException;
    }

    /// TorchScript for any batch.
    public Path torchScript() throws IOException {
        Path file = folder.resolve(networkName() + pictureSize() + ".pt");
        if (!Files.isRegularFile(file)) {
            try (DenseWeights weights = new DenseWeights(network.weights())) {
                TorchArchive archive = new TorchArchive();
                TorchOperations ops = new TorchOperations(archive, weights);
                write(ops, weights);
                archive.write(file, ops.inputs(), ops.forward());
            }
        }
        return file;
    }

    private interface Content {
        void write(OnnxModel model, DenseWeights weights, TensorFile tensors) throws IOException;
    }

    private Path onnx(String variant, Content content) throws IOException {
        Path file = onnxFile(variant);
        if (Files.isRegularFile(file)) {
            return file;
        }
        OnnxModel model = new OnnxModel(networkName());
        // Models of one kind share their tensors: other batches have the same, lifting only adds dimensions of 1.
        String kind = variant.equals("int8") ? "rest" : "f32";
        try (DenseWeights weights = new DenseWeights(network.weights());
                TensorFile tensors = new TensorFile(file(kind, ".bin"))) {
            content.write(model, weights, tensors);
            tensors.finish();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        Path unfinished = Files.createTempFile(folder, file.getFileName().toString(), ".part");
        Files.write(unfinished, model.toByteArray());
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return file;
    }

    private Path onnxFile(String variant) {
        return file(variant, "-b" + network.batch() + ".onnx");
    }

    private Path file(String kind, String suffix) {
        return folder.resolve(networkName() + "-" + kind + pictureSize() + suffix);
    }

    private void write(Operations ops, DenseWeights weights) {
        if (network.network() == Network.UNET_STEP) {
            UnetStep.write(ops, weights.spec(), network.batch());
        } else {
            ImageEncoder.write(ops, weights.spec(), network.batch(), network.height(), network.width());
        }
    }

    private String networkName() {
        return network.network().name().toLowerCase(Locale.ROOT);
    }

    private String pictureSize() {
        return network.network() == Network.ENCODER ? "-" + network.height() + "x" + network.width() : "";
    }

    /// Changes with the weights and with what the exporters write.
    private static String fingerprint(Path weights) throws IOException {
        String text = weights.toRealPath() + " " + Files.size(weights) + " " + Files.getLastModifiedTime(weights) + " "
                + REVISION;
        CRC32C checksum = new CRC32C();
        checksum.update(text.getBytes(StandardCharsets.UTF_8));
        String name = weights.getFileName().toString().replaceFirst("\\.gguf$", "");
        return name + "-" + Long.toHexString(checksum.getValue());
    }
}
