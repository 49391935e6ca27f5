package sinew.convert;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import sinew.convert.NetworkTensor.Layout;
import sinew.convert.safetensors.Dtype;
import sinew.convert.safetensors.SafetensorsWriter;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.SchedulerSpec.PredictionType;
import sinew.engine.policy.VisionSpec;

/// Writes a checkpoint with random weights in LeRobot's layout (0.4 and later), initialised as PyTorch initialises
/// its layers, so that activations have sane magnitudes. For demos, tests and benchmarks: it has learned nothing.
public final class SyntheticCheckpoint {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PRE_STATE = "policy_preprocessor_step_3_normalizer_processor.safetensors";
    private static final String POST_STATE = "policy_postprocessor_step_0_unnormalizer_processor.safetensors";
    private static final int JOINTS_PER_ARM = 6;

    private final LeRobotConfig config;
    private final Path folder;
    private final long seed;

    private SyntheticCheckpoint(LeRobotConfig config, Path folder, long seed) {
        this.config = config;
        this.folder = folder;
        this.seed = seed;
    }

    /// Writes a preset. The same seed gives the same bytes.
    ///
    /// @param folder   must be absent or empty
    /// @param dtype    F32, F16 or BF16
    /// @param progress hears the name of each tensor before it is written
    /// @throws IOException when the folder is not empty or cannot be written
    public static void write(SyntheticPreset preset, Path folder, long seed, Dtype dtype, Consumer<String> progress)
            throws IOException {
        write(preset.config(), folder, seed, dtype, progress);
    }

    /// As the other, for a config.json of a diffusion policy.
    ///
    /// @throws CheckpointException when the config cannot be run
    public static void write(Path config, Path folder, long seed, Dtype dtype, Consumer<String> progress)
            throws IOException {
        Problems problems = new Problems(config);
        LeRobotConfig.read(config, problems);
        problems.throwIfAny();
        write((ObjectNode) JSON.readTree(Files.readAllBytes(config)), folder, seed, dtype, progress);
    }

    private static void write(ObjectNode json, Path folder, long seed, Dtype dtype, Consumer<String> progress)
            throws IOException {
        requireEmpty(folder);
        Files.createDirectories(folder);
        Path file = folder.resolve(LeRobotConfig.FILE);
        writeJson(file, json);
        Problems problems = new Problems(file);
        LeRobotConfig config = LeRobotConfig.read(file, problems);
        problems.throwIfAny();
        SyntheticCheckpoint checkpoint = new SyntheticCheckpoint(config, folder, seed);
        checkpoint.writeProcessors();
        checkpoint.writeWeights(dtype, progress);
    }

    private static void requireEmpty(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        if (!Files.isDirectory(folder)) {
            throw new IOException(folder + " is a file, want a directory");
        }
        try (Stream<Path> entries = Files.list(folder)) {
            if (entries.findAny().isPresent()) {
                throw new IOException(folder + " is not empty. Name a new directory, so that nothing is overwritten");
            }
        }
    }

    private void writeWeights(Dtype dtype, Consumer<String> progress) throws IOException {
        VisionSpec vision = config.vision();
        DiffusionSpec spec = config.spec(config.modes(), vision);
        SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
        int fanIn = 1;
        for (NetworkTensor tensor : NetworkTensors.of(spec)) {
            String name = config.source(tensor.name());
            int[] shape = tensor.shape().stream().mapToInt(Integer::intValue).toArray();
            if (WeightPacking.isPacked(tensor.layout())) {
                // PyTorch counts the second dimension as input, also where it is the output.
                fanIn = Math.toIntExact(tensor.elements() / shape[0]);
            }
            writer.generated(name, dtype, source(tensor, fanIn, vision), shape);
            if (tensor.name().endsWith(".running_var")) {
                writer.longs(name.replace(".running_var", ".num_batches_tracked"), new long[] {0});
            }
        }
        writer.write(folder.resolve(LeRobotCheckpoint.WEIGHTS), progress);
    }

    private SafetensorsWriter.FloatSource source(NetworkTensor tensor, int fanIn, VisionSpec vision) {
        String name = tensor.name();
        if (name.endsWith(".pos_grid")) {
            return new PositionGrid(vision)::next;
        }
        if (isNorm(tensor)) {
            float value = name.endsWith(".weight") || name.endsWith(".running_var") ? 1 : 0;
            return () -> value;
        }
        SplittableRandom random = new SplittableRandom(seed * 31 + name.hashCode());
        boolean calm = config.scheduler().predictionType() == PredictionType.SAMPLE;
        // Half of PyTorch's spread in the last layer keeps predicted actions off their limits.
        double bound = (calm && name.startsWith("unet.final_conv.1.") ? 0.5 : 1) / Math.sqrt(fanIn);
        SafetensorsWriter.FloatSource uniform = () -> (float) random.nextDouble(-bound, bound);
        return isOverTime(tensor) && calm
                ? new Repeated(uniform, tensor.shape().getLast())::next
                : uniform;
    }

    private static boolean isOverTime(NetworkTensor tensor) {
        return tensor.layout() == Layout.CONV1D || tensor.layout() == Layout.CONV_TRANSPOSE1D;
    }

    /// The same weight for all taps of a filter: a mean over time. Where the network predicts actions directly, that
    /// is what makes them glide instead of jump.
    private static final class Repeated {
        private final SafetensorsWriter.FloatSource source;
        private final int times;
        private int left;
        private float value;

        Repeated(SafetensorsWriter.FloatSource source, int times) {
            this.source = source;
            this.times = times;
        }

        float next() {
            if (left == 0) {
                left = times;
                value = source.next();
            }
            left--;
            return value;
        }
    }

    /// Norms are 1-D and never called like the last part of a layer with a bias of its own.
    private static boolean isNorm(NetworkTensor tensor) {
        String name = tensor.name();
        boolean unetNorm = name.contains(".block.1.");
        boolean resNetNorm = name.contains(".backbone.") && tensor.layout() != Layout.CONV2D;
        return unetNorm || resNetNorm;
    }

    /// Coordinates of the feature map's cells in -1..1: (x, y), row by row.
    private final class PositionGrid {
        private final int height;
        private final int width;
        private int index;

        PositionGrid(VisionSpec vision) {
            List<Integer> image = config.spec(config.modes(), vision).cameras().getFirst().shape();
            VisionSpec.Size size = vision.crop() != null ? vision.crop()
                    : vision.resize() != null ? vision.resize() : new VisionSpec.Size(image.get(1), image.get(2));
            height = ResNetTensors.extent(size.height());
            width = ResNetTensors.extent(size.width());
        }

        float next() {
            int cell = index / 2;
            boolean horizontal = index % 2 == 0;
            index++;
            return horizontal ? coordinate(cell % width, width) : coordinate(cell / width, height);
        }

        private static float coordinate(int i, int n) {
            return n == 1 ? -1 : (float) (-1 + 2.0 * i / (n - 1));
        }
    }

    private void writeProcessors() throws IOException {
        writeState(folder.resolve(PRE_STATE));
        writeState(folder.resolve(POST_STATE));
        ArrayNode pre = JSON.createArrayNode();
        pre.addObject().put("registry_name", "rename_observations_processor")
                .putObject("config").putObject("rename_map");
        pre.addObject().put("registry_name", "to_batch_processor").putObject("config");
        pre.add(device());
        pre.add(step("normalizer_processor", config.features(), PRE_STATE));
        ArrayNode post = JSON.createArrayNode();
        post.add(step("unnormalizer_processor", List.of(config.action()), POST_STATE));
        post.add(device());
        writePipeline("policy_preprocessor", pre);
        writePipeline("policy_postprocessor", post);
    }

    private static ObjectNode device() {
        ObjectNode step = JSON.createObjectNode().put("registry_name", "device_processor");
        step.putObject("config").put("device", "cpu").putNull("float_dtype");
        return step;
    }

    private ObjectNode step(String name, List<Feature> features, String stateFile) {
        ObjectNode step = JSON.createObjectNode().put("registry_name", name);
        ObjectNode settings = step.putObject("config");
        settings.put("eps", 1e-8);
        ObjectNode covered = settings.putObject("features");
        for (Feature feature : features) {
            ObjectNode entry = covered.putObject(feature.name());
            entry.put("type", feature.type().name());
            feature.shape().forEach(entry.putArray("shape")::add);
        }
        ObjectNode mapping = settings.putObject("norm_map");
        for (Feature feature : config.features()) {
            if (config.modes().containsKey(feature.name())) {
                mapping.put(feature.type().name(), config.modes().get(feature.name()).name());
            }
        }
        step.put("state_file", stateFile);
        return step;
    }

    private void writePipeline(String name, ArrayNode steps) throws IOException {
        ObjectNode pipeline = JSON.createObjectNode().put("name", name);
        pipeline.set("steps", steps);
        writeJson(folder.resolve(name + ".json"), pipeline);
    }

    private void writeState(Path path) throws IOException {
        SafetensorsWriter state = new SafetensorsWriter();
        for (Feature feature : config.features()) {
            if (feature.type() == FeatureType.VISUAL) {
                image(state, feature.name());
            } else {
                joints(state, feature.name(), feature.size());
            }
        }
        state.write(path);
    }

    /// ImageNet's, as LeRobot uses them by default.
    private static void image(SafetensorsWriter state, String name) {
        state.floats(name + ".mean", new float[] {0.485f, 0.456f, 0.406f}, 3, 1, 1);
        state.floats(name + ".std", new float[] {0.229f, 0.224f, 0.225f}, 3, 1, 1);
        state.floats(name + ".min", new float[3], 3, 1, 1);
        state.floats(name + ".max", new float[] {1, 1, 1}, 3, 1, 1);
    }

    /// The range of a calibrated SO-101: joints -100..100, the gripper, last of each arm, 0..100.
    private static void joints(SafetensorsWriter state, String name, int n) {
        float[] min = new float[n];
        float[] max = new float[n];
        float[] mean = new float[n];
        float[] std = new float[n];
        Arrays.fill(max, 100);
        for (int i = 0; i < n; i++) {
            boolean gripper = n % JOINTS_PER_ARM == 0 && i % JOINTS_PER_ARM == JOINTS_PER_ARM - 1;
            min[i] = gripper ? 0 : -100;
            mean[i] = (min[i] + max[i]) / 2;
            std[i] = (max[i] - min[i]) / 4;
        }
        state.floats(name + ".min", min, n);
        state.floats(name + ".max", max, n);
        state.floats(name + ".mean", mean, n);
        state.floats(name + ".std", std, n);
    }

    private static void writeJson(Path path, ObjectNode json) throws IOException {
        Files.writeString(path, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    }
}
