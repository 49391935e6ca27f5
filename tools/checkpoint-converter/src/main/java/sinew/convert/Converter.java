package sinew.convert;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import sinew.convert.NetworkTensor.Layout;
import sinew.engine.policy.Feature;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.weights.Metadata;
import sinew.engine.weights.TensorDeclaration;
import sinew.engine.weights.WeightScope;
import sinew.engine.weights.WeightsFile;
import sinew.engine.weights.WeightsMemory;
import sinew.engine.weights.WeightsSink;
import sinew.engine.weights.WeightsWriter;
import sinew.kernels.Panels;
import sinew.kernels.WeightType;

/// Converts a checkpoint to a weights file. The checkpoint is checked to the last weight before the first
/// byte is written, and the file appears whole or not at all.
public final class Converter {
    /// Version of the conversion: files of another version are converted again where they are a cache.
    public static final String VERSION = "3";

    private static final int GGUF_ALL_F32 = 0;
    private static final int GGUF_MOSTLY_BF16 = 32;
    private static final int GGUF_MOSTLY_INT8 = 7;

    private final Checkpoint checkpoint;
    private final String sha256;
    private final StorageRule storage;

    private Converter(Checkpoint checkpoint, String sha256, StorageRule storage) {
        this.checkpoint = checkpoint;
        this.sha256 = sha256;
        this.storage = storage;
    }

    /// Whether a path names something that could be converted: a directory, or a file as PyTorch saves it.
    ///
    /// @throws IOException when it cannot be read
    public static boolean isCheckpoint(Path path) throws IOException {
        return Files.isDirectory(path) || CheckpointLocation.isFile(path);
    }

    /// Converts `checkpoint` to `file`, replacing an older one.
    ///
    /// @param checkpoint directory that LeRobot saved, or `.ckpt` file that diffusion_policy saved
    /// @throws CheckpointException lists everything that is wrong with the checkpoint
    /// @throws IOException         when a file cannot be read or written
    public static ConversionReport convert(
            Path checkpoint, Path file, ConversionOptions options, ProgressListener listener) throws IOException {
        return convert(checkpoint, file, options, List.of(), listener);
    }

    /// As the other, and lets `review` look at the new file before it replaces an older one: when the review throws,
    /// nothing of the new file is left and the older one stays.
    public static ConversionReport convert(Path checkpoint, Path file, ConversionOptions options, Review review,
            ProgressListener listener) throws IOException {
        return convert(checkpoint, file, options, List.of(), review, listener);
    }

    /// @param fingerprint what a cache wants to find again in the file
    static ConversionReport convert(Path checkpoint, Path file, ConversionOptions options, List<String> fingerprint,
            ProgressListener listener) throws IOException {
        return convert(checkpoint, file, options, fingerprint, Review.NONE, listener);
    }

    private static ConversionReport convert(Path checkpoint, Path file, ConversionOptions options,
            List<String> fingerprint, Review review, ProgressListener listener) throws IOException {
        try (Checkpoint source = Checkpoint.open(checkpoint, options.allowUnnormalized())) {
            source.checkValues(listener);
            source.requireConvertible();
            String sha256 = sha256(source.weightsFile());
            return new Converter(source, sha256, options.storage()).write(file, fingerprint, review, listener);
        }
    }

    private record Statistic(String name, float[] values) {}

    private ConversionReport write(Path file, List<String> fingerprint, Review review, ProgressListener listener)
            throws IOException {
        List<Statistic> statistics = normalizationTensors();
        List<TensorDeclaration> declarations = declarations(statistics);
        Metadata metadata = metadata(file, fingerprint);
        try (WeightsWriter writer = WeightsWriter.create(file, metadata, declarations)) {
            write(writer, statistics, ProgressListener.Phase.WRITE, listener);
            Path whole = writer.finish();
            review.examine(whole, () -> reference(file, listener));
            writer.commit();
        }
        long parameters = checkpoint.tensors().stream().mapToLong(NetworkTensor::parameters).sum();
        return new ConversionReport(file, checkpoint.spec(), declarations.size(), parameters, Files.size(file),
                notes());
    }

    private List<String> notes() {
        List<String> notes = new ArrayList<>(checkpoint.notes());
        if (storage.wanted() == WeightType.INT8
                && checkpoint.tensors().stream().noneMatch(tensor -> storage.type(tensor) == WeightType.INT8)) {
            notes.add(String.format(Locale.ROOT, "no convolution over time has %,d weights or more, so nothing is"
                    + " int8: smaller ones are bf16, which is as fast for them and closer", storage.leastInt8()));
        }
        return notes;
    }

    /// The same policy with F32 weights, in memory.
    private WeightsFile reference(Path file, ProgressListener listener) throws IOException {
        Converter f32 = new Converter(checkpoint, sha256, ConversionOptions.F32.storage());
        List<Statistic> statistics = f32.normalizationTensors();
        Path name = file.resolveSibling(file.getFileName() + " as f32");
        Metadata metadata = f32.metadata(file, List.of());
        try (WeightsMemory memory = new WeightsMemory(name, metadata, f32.declarations(statistics))) {
            f32.write(memory, statistics, ProgressListener.Phase.REFERENCE, listener);
            return memory.finish();
        }
    }

    private List<TensorDeclaration> declarations(List<Statistic> statistics) {
        List<TensorDeclaration> declarations = new ArrayList<>();
        for (Statistic s : statistics) {
            declarations.add(new TensorDeclaration(s.name(), WeightType.F32, List.of(s.values().length)));
        }
        for (NetworkTensor tensor : checkpoint.tensors()) {
            if (tensor.layout() != Layout.FOLDED) {
                TensorDeclaration declared = WeightPacking.declare(tensor, storage.type(tensor));
                declarations.add(declared);
                if (declared.type() == WeightType.INT8) {
                    declarations.add(new TensorDeclaration(
                            tensor.name() + WeightScope.SCALE, WeightType.F32, List.of(tensor.outputs())));
                }
            }
            if (tensor.norm() != null) {
                declarations.add(new TensorDeclaration(tensor.bias(), WeightType.F32, List.of(tensor.outputs())));
            }
        }
        return declarations;
    }

    private void write(
            WeightsSink sink, List<Statistic> statistics, ProgressListener.Phase phase, ProgressListener listener)
            throws IOException {
        for (Statistic s : statistics) {
            sink.write(s.name(), s.values());
        }
        List<NetworkTensor> stored =
                checkpoint.tensors().stream().filter(tensor -> tensor.layout() != Layout.FOLDED).toList();
        int done = 0;
        for (NetworkTensor tensor : stored) {
            write(sink, tensor);
            listener.progress(phase, tensor.name(), ++done, stored.size());
        }
    }

    private void write(WeightsSink sink, NetworkTensor tensor) throws IOException {
        float[] weights = checkpoint.floats(tensor.name());
        if (!WeightPacking.isPacked(tensor.layout())) {
            sink.write(tensor.name(), weights);
            return;
        }
        BatchNormFolding folding = tensor.norm() == null ? null : BatchNormFolding.of(checkpoint, tensor.norm());
        try (Arena arena = Arena.ofConfined()) {
            Panels packed = WeightPacking.pack(tensor, weights, folding, storage.type(tensor), arena);
            sink.write(tensor.name(), packed.memory());
            if (packed.scales() != null) {
                sink.write(tensor.name() + WeightScope.SCALE, packed.scales());
            }
        }
        if (folding != null) {
            sink.write(tensor.bias(), folding.bias());
        }
    }

    private List<Statistic> normalizationTensors() {
        PolicySpec spec = checkpoint.spec();
        List<Statistic> tensors = new ArrayList<>();
        for (Feature feature : spec.inputs()) {
            add(tensors, SpecMetadata.normalizationPrefix(spec, feature),
                    checkpoint.normalization().inputs().get(feature.name()));
        }
        add(tensors, SpecMetadata.normalizationPrefix(spec, spec.action()), checkpoint.normalization().action());
        return tensors;
    }

    private static void add(List<Statistic> tensors, String prefix, FeatureNormalization map) {
        if (map != null) {
            tensors.add(new Statistic(prefix + ".center", map.center()));
            tensors.add(new Statistic(prefix + ".scale", map.scale()));
            tensors.add(new Statistic(prefix + ".shift", map.shift()));
        }
    }

    private Metadata metadata(Path file, List<String> fingerprint) {
        Path name = checkpoint.path().toAbsolutePath().normalize().getFileName();
        Metadata.Builder out = new Metadata.Builder()
                .put("general.architecture", "sinew-" + checkpoint.spec().type().replace('_', '-'))
                .put("general.name", String.valueOf(name))
                .put("general.file_type", switch (storage.wanted()) {
                    case F32 -> GGUF_ALL_F32;
                    case BF16 -> GGUF_MOSTLY_BF16;
                    case INT8 -> GGUF_MOSTLY_INT8;
                });
        SpecMetadata.write(checkpoint.spec(), out);
        if (checkpoint.tokenizer() != null) {
            checkpoint.tokenizer().write(out);
        }
        for (Map.Entry<String, Map<String, float[]>> feature : checkpoint.normalization().stats().entrySet()) {
            feature.getValue().forEach((stat, values) ->
                    out.putFloats("sinew.stats." + feature.getKey() + "." + stat, values));
        }
        out.put("sinew.source.name", String.valueOf(name));
        out.put("sinew.source.format", checkpoint.format());
        out.put("sinew.source.normalization", checkpoint.normalization().home());
        out.put("sinew.source.sha256", sha256);
        out.put("sinew.converter.version", VERSION);
        out.putStrings("sinew.notes", notes());
        if (!fingerprint.isEmpty()) {
            out.putStrings(ConvertedCache.FINGERPRINT_KEY, fingerprint);
        }
        return out.build(file);
    }

    private static String sha256(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path);
                DigestInputStream digest = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
            byte[] buffer = new byte[1 << 20];
            while (digest.read(buffer) >= 0) {
                // The stream digests what it reads.
            }
            return HexFormat.of().formatHex(digest.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
