package sinew.convert;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import sinew.convert.DiffusionPolicyTensors.Source;
import sinew.convert.diffusionpolicy.DiffusionPolicyCheckpoint;
import sinew.convert.diffusionpolicy.LinearNormalizer;
import sinew.convert.torch.TorchCheckpointException;
import sinew.convert.torch.TorchTensor;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.SchedulerSpec;

/// A `.ckpt` file of diffusion_policy as a source of conversion.
final class DiffusionPolicySource implements Checkpoint {
    private static final double[] IMAGENET_MEAN = {0.485, 0.456, 0.406};
    private static final double[] IMAGENET_STD = {0.229, 0.224, 0.225};

    private final Path path;
    private final DiffusionPolicyCheckpoint file;
    private final DiffusionSpec spec;
    private final Normalization normalization;
    private final List<NetworkTensor> tensors;
    private final Map<String, NetworkTensor> byName = new HashMap<>();
    private final Problems problems;

    private DiffusionPolicySource(Path path, DiffusionPolicyCheckpoint file) throws IOException {
        this.path = path;
        this.file = file;
        problems = new Problems(path);
        spec = file.spec();
        normalization = normalize();
        tensors = NetworkTensors.of(spec);
        tensors.forEach(tensor -> byName.put(tensor.name(), tensor));
        compareTensors();
        tell();
    }

    /// @throws CheckpointException when it is no such checkpoint, or one of a policy that is not supported
    static DiffusionPolicySource open(Path path) throws IOException {
        DiffusionPolicyCheckpoint file = null;
        try {
            file = DiffusionPolicyCheckpoint.open(path);
            return new DiffusionPolicySource(path, file);
        } catch (TorchCheckpointException e) {
            if (file != null) {
                file.close();
            }
            throw new CheckpointException(path, e.problem());
        } catch (IOException | RuntimeException e) {
            if (file != null) {
                file.close();
            }
            throw e;
        }
    }

    private Normalization normalize() throws IOException {
        Map<String, FeatureNormalization> inputs = new LinkedHashMap<>();
        Map<String, Map<String, float[]>> stats = new LinkedHashMap<>();
        for (Feature feature : spec.inputs()) {
            inputs.put(feature.name(), feature.type() == FeatureType.VISUAL ? picture(feature) : vector(feature));
            keepStatistics(feature, stats);
        }
        FeatureNormalization action = vector(spec.action());
        keepStatistics(spec.action(), stats);
        return new Normalization("LinearNormalizer", spec.normalization(), inputs, action, stats);
    }

    private void keepStatistics(Feature feature, Map<String, Map<String, float[]>> stats) throws IOException {
        if (feature.type() != FeatureType.VISUAL) {
            Map<String, float[]> known = file.statistics(feature.name());
            known.values().removeIf(values -> values.length != feature.size());
            stats.put(feature.name(), known);
        }
    }

    /// y = x * scale + offset.
    private FeatureNormalization vector(Feature feature) throws IOException {
        LinearNormalizer normalizer = file.normalizer(feature.name());
        int size = feature.size();
        int there = normalizer.scale().length;
        if (there != size && there != 1) {
            problems.add("the normaliser of " + feature.name() + " has " + there + " values, cfg.policy asks for "
                    + size);
        }
        float[] scale = new float[size];
        float[] shift = new float[size];
        for (int i = 0; i < size; i++) {
            scale[i] = (float) (1.0 / normalizer.scale()[i % there]);
            shift[i] = normalizer.offset()[i % there];
        }
        return new FeatureNormalization(new float[size], scale, shift);
    }

    /// The normaliser, which has one value for all channels, and ImageNet's after it where the policy wants that.
    private FeatureNormalization picture(Feature camera) throws IOException {
        LinearNormalizer normalizer = file.normalizer(camera.name());
        int there = normalizer.scale().length;
        if (there != 1 && there != 3) {
            problems.add("the normaliser of " + camera.name() + " has " + there + " values, want 1 for all channels");
        }
        boolean imageNet = file.normalizesByImageNet();
        FeatureNormalization map = new FeatureNormalization(new float[3], new float[3], new float[3]);
        for (int c = 0; c < 3; c++) {
            double scale = normalizer.scale()[c % there];
            double offset = normalizer.offset()[c % there];
            if (imageNet) {
                map.center()[c] = (float) ((IMAGENET_MEAN[c] - offset) / scale);
                map.scale()[c] = (float) (IMAGENET_STD[c] / scale);
            } else {
                map.scale()[c] = (float) (1 / scale);
                map.shift()[c] = (float) offset;
            }
        }
        return map;
    }

    private void compareTensors() {
        Set<String> used = new HashSet<>();
        for (NetworkTensor tensor : tensors) {
            Source source = DiffusionPolicyTensors.of(spec, tensor);
            used.add(source.name());
            TorchTensor found = file.tensors().get(source.name());
            List<Integer> wanted = DiffusionPolicyTensors.shape(source, tensor);
            if (found == null) {
                problems.add("missing tensor " + source.name() + " " + wanted);
            } else if (!fits(source, found.shape(), wanted)) {
                problems.add("tensor " + source.name() + " has shape " + found.shape() + ", cfg.policy asks for "
                        + wanted);
            }
        }
        file.tensors().forEach((name, tensor) -> {
            if (!used.contains(name) && !DiffusionPolicyTensors.isIgnored(name)) {
                problems.add("unexpected tensor " + name + " " + tensor.shape()
                        + ": cfg.policy describes no layer that uses it");
            }
        });
    }

    private static boolean fits(Source source, List<Integer> found, List<Integer> wanted) {
        boolean longer = source.name().endsWith("pos_emb") && found.size() == 3 && found.get(0) == 1
                && found.get(1) >= wanted.get(1) && found.get(2).equals(wanted.get(2));
        return longer || found.equals(wanted);
    }

    private void tell() {
        problems.note(file.weights().equals("ema_model")
                ? "the averaged weights are used (ema_model), for cfg.training.use_ema is true"
                : "the trained weights are used (model), for cfg.training.use_ema is false");
        if (file.ignoresCrop()) {
            problems.note("pictures are not cropped: with random_crop false diffusion_policy ignores crop_shape");
        }
        SchedulerSpec scheduler = spec.scheduler();
        boolean strided = scheduler.numInferenceSteps() != scheduler.numTrainTimesteps();
        boolean differs = scheduler.kind() == SchedulerSpec.Kind.DDPM
                ? strided
                : scheduler.predictionType() == SchedulerSpec.PredictionType.SAMPLE;
        if (differs) {
            problems.note(scheduler.kind() + (strided ? " with " + scheduler.numInferenceSteps() + " of "
                    + scheduler.numTrainTimesteps() + " steps" : " that predicts the sample")
                    + " samples as today's diffusers does; version 0.11.1, which diffusion_policy pins, differs there");
        }
    }

    @Override
    public void checkValues(ProgressListener listener) throws IOException {
        Set<String> checked = new HashSet<>();
        int done = 0;
        for (NetworkTensor tensor : tensors) {
            Source source = DiffusionPolicyTensors.of(spec, tensor);
            if (checked.add(source.name()) && file.tensors().containsKey(source.name())) {
                check(source.name());
            }
            done++;
            listener.progress(ProgressListener.Phase.CHECK, tensor.name(), done, tensors.size());
        }
    }

    private void check(String name) throws IOException {
        try {
            TensorValues.check(name, file.floats(name), problems);
        } catch (TorchCheckpointException e) {
            problems.add(e.problem());
        }
    }

    @Override
    public float[] floats(String name) throws IOException {
        NetworkTensor tensor = byName.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("the policy has no tensor " + name);
        }
        Source source = DiffusionPolicyTensors.of(spec, tensor);
        float[] values = file.floats(source.name());
        if (source.rows() == 0) {
            return values;
        }
        int row = Math.toIntExact(tensor.elements() / tensor.shape().getFirst());
        int from = source.firstRow() * row;
        return Arrays.copyOfRange(values, from, from + tensor.shape().getFirst() * row);
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public String format() {
        return "diffusion_policy";
    }

    @Override
    public Path weightsFile() {
        return path;
    }

    @Override
    public DiffusionSpec spec() {
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
        List<Inspection.StoredTensor> stored = new ArrayList<>();
        file.tensors().forEach((name, tensor) -> stored.add(
                new Inspection.StoredTensor(name, tensor.dtype().name(), tensor.shape(), bytes(tensor))));
        return stored;
    }

    private static long bytes(TorchTensor tensor) {
        return tensor.elements() * tensor.dtype().bytes();
    }

    @Override
    public Map<String, Long> sizes() {
        Map<String, Long> sizes = new HashMap<>();
        for (NetworkTensor tensor : tensors) {
            TorchTensor found = file.tensors().get(DiffusionPolicyTensors.of(spec, tensor).name());
            if (found != null) {
                sizes.put(tensor.name(), tensor.elements() * found.dtype().bytes());
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
    public void requireConvertible() {
        problems.throwIfAny();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
