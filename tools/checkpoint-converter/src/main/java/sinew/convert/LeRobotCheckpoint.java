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

/// A directory that LeRobot's `save_pretrained` wrote. Opening reads the config and the normalisation and compares
/// the list of tensors with what the config asks for; [#checkValues] reads the weights.
final class LeRobotCheckpoint implements AutoCloseable {
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

    /// @param folder the checkpoint, or a training checkpoint that keeps it in `pretrained_model`
    /// @throws CheckpointException when it is no checkpoint that sinew can read at all; lesser problems are collected
    ///                             and thrown by [#requireConvertible()]
    static LeRobotCheckpoint open(Path folder, boolean allowUnnormalized) throws IOException {
        Path home = resolve(folder);
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

    /// The folder that holds config.json: the given one or its `pretrained_model`.
    static Path resolve(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new CheckpointException(folder, Files.exists(folder)
                    ? "is a file. Give the checkpoint's directory, the one with config.json and model.safetensors"
                    : "there is no such directory");
        }
        for (Path candidate : List.of(folder, folder.resolve("pretrained_model"))) {
            if (Files.isRegularFile(candidate.resolve(LeRobotConfig.FILE))) {
                return candidate;
            }
        }
        throw new CheckpointException(folder, "holds no config.json. Give the directory that LeRobot saved, "
                + "usually outputs/train/.../checkpoints/last/pretrained_model");
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

    /// Reads every weight once and collects those that are not finite.
    void checkValues(ProgressListener listener) {
        int done = 0;
        for (NetworkTensor tensor : tensors) {
            SafetensorsTensor found = weights == null ? null : weights.find(config.source(tensor.name()));
            if (found != null && isFloat(found.dtype()) && found.shape().equals(tensor.shape())) {
                checkValues(tensor, weights.floats(found.name()));
            }
            done++;
            listener.progress(ProgressListener.Phase.CHECK, tensor.name(), done, tensors.size());
        }
    }

    private void checkValues(NetworkTensor tensor, float[] values) {
        int bad = 0;
        int first = -1;
        int negative = -1;
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                first = bad == 0 ? i : first;
                bad++;
            } else if (values[i] < 0 && negative < 0) {
                negative = i;
            }
        }
        if (bad > 0) {
            problems.add("tensor " + config.source(tensor.name()) + " has " + bad + " of " + values.length
                    + " values that are not finite, the first (" + values[first] + ") at index " + first
                    + ". The training diverged, or the file is damaged");
        }
        if (negative >= 0 && tensor.name().endsWith(".running_var")) {
            problems.add("tensor " + config.source(tensor.name()) + " has a negative variance at index " + negative);
        }
    }

    /// @throws CheckpointException with all problems, when there are any
    void requireConvertible() {
        problems.throwIfAny();
    }

    Path folder() {
        return folder;
    }

    /// Null when the checkpoint has none.
    ClipTokenizer tokenizer() {
        return config.tokenizer();
    }

    PolicySpec spec() {
        return spec;
    }

    Normalization normalization() {
        return normalization;
    }

    List<NetworkTensor> tensors() {
        return tensors;
    }

    List<String> problems() {
        return problems.all();
    }

    List<String> notes() {
        return problems.notes();
    }

    /// Null when model.safetensors could not be read.
    SafetensorsFile weights() {
        return weights;
    }

    /// The name of a network tensor in model.safetensors.
    String source(String name) {
        return config.source(name);
    }

    /// Values of a network tensor, widened to float32.
    float[] floats(String name) {
        return weights.floats(config.source(name));
    }

    @Override
    public void close() {
        if (weights != null) {
            weights.close();
        }
    }
}
