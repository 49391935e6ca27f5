package sinew.convert;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import sinew.convert.safetensors.Dtype;
import sinew.convert.safetensors.SafetensorsException;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.engine.policy.PolicySpec;
import sinew.engine.text.ClipTokenizer;

/// A directory that LeRobot's `save_pretrained` wrote.
final class LeRobotCheckpoint implements Checkpoint {
    static final String WEIGHTS = "model.safetensors";

    private final Path folder;
    private final SafetensorsFile weights;
    private final PolicyConfig config;
    private final PolicySpec spec;
    private final Normalization normalization;
    private final List<NetworkTensor> tensors;
    private final Problems problems;

    private LeRobotCheckpoint(Path folder, SafetensorsFile weights, PolicyConfig config, PolicySpec spec,
            Normalization normalization, Problems problems) {
        this.folder = folder;
        this.weights = weights;
        this.config = config;
        this.spec = spec;
        this.normalization = normalization;
        this.tensors = NetworkTensors.of(spec);
        this.problems = problems;
    }

    /// @param home the folder with config.json
    /// @throws CheckpointException when it is no checkpoint that sinew can read at all; lesser problems are collected
    ///                             and thrown by [#requireConvertible()]
    static LeRobotCheckpoint open(Path home, boolean allowUnnormalized) throws IOException {
        Problems problems = new Problems(home);
        SafetensorsFile weights = openWeights(home, problems);
        try {
            PolicyConfig config = PolicyConfigs.read(home.resolve(LeRobotConfig.FILE), weights, problems);
            Normalization normalization =
                    NormalizationReader.read(home, weights, config, allowUnnormalized, problems);
            PolicySpec spec = config.spec(normalization, problems);
            LeRobotCheckpoint checkpoint = new LeRobotCheckpoint(home, weights, config, spec, normalization, problems);
            if (weights != null) {
                checkpoint.compareTensors();
            }
            return checkpoint;
        } catch (IOException | RuntimeException e) {
            if (weights != null) {
                weights.close();
            }
            throw e;
        }
    }

    private static SafetensorsFile openWeights(Path folder, Problems problems) throws IOException {
        Path path = folder.resolve(WEIGHTS);
        if (!Files.exists(path)) {
            problems.add(WEIGHTS + " is missing");
            return null;
        }
        try {
            return SafetensorsFile.open(path);
        } catch (SafetensorsException e) {
            problems.add(e.getMessage());
            return null;
        }
    }

    private void compareTensors() {
        Map<String, NetworkTensor> wanted = new HashMap<>();
        for (NetworkTensor tensor : tensors) {
            String source = config.source(tensor.name());
            wanted.put(source, tensor);
            SafetensorsTensor found = weights.find(source);
            if (found == null) {
                problems.add("missing tensor " + source + " " + tensor.shape());
            } else if (!found.shape().equals(tensor.shape())) {
                problems.add("tensor " + found.name() + " has shape " + found.shape() + ", config.json asks for "
                        + tensor.shape());
            } else if (!isFloat(found.dtype())) {
                problems.add("tensor " + found.name() + " is of type " + found.dtype()
                        + ", sinew reads F64, F32, F16, BF16");
            }
        }
        for (SafetensorsTensor found : weights.tensors()) {
            if (!wanted.containsKey(found.name()) && !isIgnored(found.name()) && !config.isUnused(found.name())) {
                problems.add("unexpected tensor " + found.name() + " " + found.shape()
                        + ": config.json describes no layer that uses it");
            }
        }
    }

    private static boolean isFloat(Dtype type) {
        return switch (type) {
            case F64, F32, F16, BF16 -> true;
            default -> false;
        };
    }

    private static boolean isIgnored(String name) {
        return LegacyNormalization.isBuffer(name) || name.endsWith(".num_batches_tracked");
    }

    @Override
    public void checkValues(ProgressListener listener) {
        int done = 0;
        for (NetworkTensor tensor : tensors) {
            SafetensorsTensor found = weights == null ? null : weights.find(config.source(tensor.name()));
            if (found != null && isFloat(found.dtype()) && found.shape().equals(tensor.shape())) {
                TensorValues.check(found.name(), weights.floats(found.name()), problems);
            }
            done++;
            listener.progress(ProgressListener.Phase.CHECK, tensor.name(), done, tensors.size());
        }
    }

    @Override
    public void requireConvertible() {
        problems.throwIfAny();
    }

    @Override
    public Path path() {
        return folder;
    }

    @Override
    public ClipTokenizer tokenizer() {
        return config.tokenizer();
    }

    @Override
    public String format() {
        return "lerobot";
    }

    @Override
    public Path weightsFile() {
        return folder.resolve(WEIGHTS);
    }

    @Override
    public PolicySpec spec() {
        return spec;
    }

    @Override
    public Normalization normalization() {
        return normalization;
    }

    @Override
    public List<NetworkTensor> tensors() {
        return tensors;
    }

    @Override
    public List<Inspection.StoredTensor> stored() {
        return weights == null ? List.of() : weights.tensors().stream()
                .map(t -> new Inspection.StoredTensor(t.name(), t.dtype().name(), t.shape(), t.byteSize()))
                .toList();
    }

    @Override
    public Map<String, Long> sizes() {
        Map<String, Long> sizes = new HashMap<>();
        for (NetworkTensor tensor : tensors) {
            SafetensorsTensor found = weights == null ? null : weights.find(config.source(tensor.name()));
            if (found != null) {
                sizes.put(tensor.name(), found.byteSize());
            }
        }
        return sizes;
    }

    @Override
    public List<String> problems() {
        return problems.all();
    }

    @Override
    public List<String> notes() {
        return problems.notes();
    }

    @Override
    public float[] floats(String name) {
        return weights.floats(config.source(name));
    }

    @Override
    public void close() {
        if (weights != null) {
            weights.close();
        }
    }
}
