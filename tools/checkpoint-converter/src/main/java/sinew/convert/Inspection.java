package sinew.convert;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.weights.Metadata;
import sinew.engine.weights.TensorInfo;
import sinew.engine.weights.WeightScope;
import sinew.engine.weights.WeightsFile;

/// What there is to know about a policy without running it, from a weights file or from a checkpoint.
///
/// @param kind     `weights file` or `checkpoint`
/// @param source   where it came from: name, format, home of the normalisation, SHA-256
/// @param tensors  as they are stored
/// @param parts    the network's parts in the order in which data pass them
/// @param stats    raw statistics: feature -> statistic -> values
/// @param notes    what a user should know
/// @param problems why a checkpoint cannot be converted; empty when it can
public record Inspection(
        Path path,
        String kind,
        long bytes,
        PolicySpec spec,
        Map<String, String> source,
        List<StoredTensor> tensors,
        List<Part> parts,
        Map<String, Map<String, double[]>> stats,
        List<String> notes,
        List<String> problems) {

    /// A tensor as it is stored.
    public record StoredTensor(String name, String type, List<Integer> shape, long bytes) {}

    /// A part of the network.
    ///
    /// @param parameters number of weights as the network runs
    /// @param bytes      what they take where they are stored
    public record Part(String name, long parameters, long bytes) {}

    /// What is stored in one type.
    ///
    /// @param values number of stored values, the padding of panels included
    public record TypeTotal(String type, int tensors, long values, long bytes) {}

    /// Totals by type, the largest first.
    public List<TypeTotal> types() {
        Map<String, TypeTotal> totals = new LinkedHashMap<>();
        for (StoredTensor t : tensors) {
            long values = t.shape().stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
            totals.merge(t.type(), new TypeTotal(t.type(), 1, values, t.bytes()), (a, b) -> new TypeTotal(
                    a.type(), a.tensors() + b.tensors(), a.values() + b.values(), a.bytes() + b.bytes()));
        }
        return totals.values().stream().sorted(Comparator.comparingLong(TypeTotal::bytes).reversed()).toList();
    }

    /// Number of weights of the whole network as it runs.
    public long parameters() {
        return parts.stream().mapToLong(Part::parameters).sum();
    }

    /// @param path a weights file, or a checkpoint: a directory or a `.ckpt` file
    /// @throws CheckpointException                       when it holds no policy that sinew knows
    /// @throws sinew.engine.weights.WeightsFormatException when the file is damaged or of another kind
    public static Inspection of(Path path) throws IOException {
        return Files.isDirectory(path) || CheckpointLocation.isFile(path) ? ofCheckpoint(path) : ofFile(path);
    }

    private static Inspection ofFile(Path path) throws IOException {
        try (WeightsFile file = WeightsFile.openHeader(path)) {
            Metadata metadata = file.metadata();
            PolicySpec spec = SpecMetadata.read(metadata);
            Map<String, String> source = new LinkedHashMap<>();
            for (String key : List.of("name", "format", "normalization", "sha256")) {
                source.put(key, metadata.string("sinew.source." + key));
            }
            List<StoredTensor> tensors = new ArrayList<>();
            Map<String, Long> sizes = new LinkedHashMap<>();
            for (TensorInfo t : file.tensors()) {
                tensors.add(new StoredTensor(t.name(), t.type().name(), t.shape(), t.byteSize()));
                sizes.put(t.name(), t.byteSize());
            }
            return new Inspection(path, "weights file", file.byteSize(), spec, source, tensors, parts(spec, sizes),
                    stats(metadata, spec), metadata.strings("sinew.notes"), List.of());
        }
    }

    private static Map<String, Map<String, double[]>> stats(Metadata metadata, PolicySpec spec) {
        Map<String, Map<String, double[]>> stats = new LinkedHashMap<>();
        for (Feature feature : features(spec)) {
            for (String stat : Statistics.KNOWN) {
                String key = "sinew.stats." + feature.name() + "." + stat;
                if (metadata.has(key)) {
                    stats.computeIfAbsent(feature.name(), f -> new LinkedHashMap<>()).put(stat, metadata.numbers(key));
                }
            }
        }
        return stats;
    }

    private static Inspection ofCheckpoint(Path path) throws IOException {
        try (Checkpoint checkpoint = Checkpoint.open(path, false)) {
            Map<String, String> source = new LinkedHashMap<>();
            source.put("name", String.valueOf(checkpoint.path().toAbsolutePath().normalize().getFileName()));
            source.put("format", checkpoint.format());
            source.put("normalization", checkpoint.normalization().home());
            Path weights = checkpoint.weightsFile();
            return new Inspection(path, "checkpoint", Files.exists(weights) ? Files.size(weights) : 0,
                    checkpoint.spec(), source, checkpoint.stored(), parts(checkpoint.spec(), checkpoint.sizes()),
                    stats(checkpoint), checkpoint.notes(), checkpoint.problems());
        }
    }

    private static Map<String, Map<String, double[]>> stats(Checkpoint checkpoint) {
        Map<String, Map<String, double[]>> stats = new LinkedHashMap<>();
        checkpoint.normalization().stats().forEach((feature, byName) -> {
            Map<String, double[]> widened = new LinkedHashMap<>();
            byName.forEach((stat, values) -> {
                double[] wide = new double[values.length];
                for (int i = 0; i < wide.length; i++) {
                    wide[i] = values[i];
                }
                widened.put(stat, wide);
            });
            stats.put(feature, widened);
        });
        return stats;
    }

    private static List<Feature> features(PolicySpec spec) {
        List<Feature> all = new ArrayList<>(spec.inputs());
        all.add(spec.action());
        return all;
    }

    private static List<Part> parts(PolicySpec spec, Map<String, Long> sizes) {
        List<NetworkTensor> network = NetworkTensors.of(spec);
        Map<String, Part> parts = new LinkedHashMap<>();
        for (NetworkTensor tensor : network) {
            long bytes = sizes.getOrDefault(tensor.name(), 0L)
                    + sizes.getOrDefault(tensor.name() + WeightScope.SCALE, 0L);
            if (tensor.norm() != null) {
                bytes += sizes.getOrDefault(tensor.bias(), 0L);
            }
            String name = spec instanceof DiffusionSpec ? partOf(tensor.name()) : partOfOthers(tensor.name());
            Part before = parts.getOrDefault(name, new Part(name, 0, 0));
            parts.put(name, new Part(name, before.parameters() + tensor.parameters(), before.bytes() + bytes));
        }
        return List.copyOf(parts.values());
    }

    /// The first part of the name, which says what it is in LeRobot's words; a stack of layers is one part.
    private static String partOfOthers(String tensor) {
        String[] words = tensor.split("\\.");
        return words[0].replace('_', ' ').replaceAll("^(encoder|decoder)( \\w+)+$", "tokens");
    }

    private static String partOf(String tensor) {
        if (tensor.startsWith("dit.")) {
            return "dit " + (tensor.contains(".adaLN_modulation.") ? "modulation"
                    : tensor.startsWith("dit.transformer_blocks.") ? "blocks"
                    : tensor.startsWith("dit.time_mlp.") ? "step embedding" : "embedding and head");
        }
        if (tensor.startsWith("text_encoder.")) {
            return "text tower";
        }
        if (tensor.startsWith("rgb_encoder.") && !tensor.contains(".backbone.") && !tensor.contains(".pool.")
                && !tensor.contains(".out.")) {
            boolean separate = Character.isDigit(tensor.charAt("rgb_encoder.".length()));
            return separate ? "vision tower " + tensor.split("\\.")[1] : "vision tower";
        }
        if (tensor.startsWith("rgb_encoder.")) {
            boolean separate = Character.isDigit(tensor.charAt("rgb_encoder.".length()));
            String encoder = separate ? "encoder " + tensor.split("\\.")[1] : "encoder";
            return encoder + (tensor.contains(".backbone.") ? " backbone" : " keypoints");
        }
        if (tensor.startsWith("transformer.")) {
            return "transformer " + switch (tensor.split("\\.")[1]) {
                case "cond_obs_emb", "cond_pos_emb", "input_emb", "pos_emb" -> "embedding";
                case "ln_f", "head" -> "head";
                case String part -> part;
            };
        }
        if (tensor.contains(".cond_encoder.")) {
            return "unet film";
        }
        return "unet " + tensor.split("\\.")[1]
                .replace("_modules", "")
                .replace("diffusion_step_encoder", "step embedding")
                .replace("final_conv", "final");
    }
}
