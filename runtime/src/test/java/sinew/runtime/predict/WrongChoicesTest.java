package sinew.runtime.predict;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sinew.convert.safetensors.Dtype;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.convert.safetensors.SafetensorsWriter;
import sinew.engine.nn.Activations;
import sinew.engine.nn.ActTransformer;
import sinew.engine.nn.ClipText;
import sinew.engine.nn.ClipVision;
import sinew.engine.nn.Denoiser;
import sinew.engine.nn.ModulatedTransformer;
import sinew.engine.policy.ActSpec;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.DitSpec;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.policy.VisionSpec.Size;
import sinew.engine.weights.WeightsFile;
import sinew.kernels.Activation;
import sinew.kernels.Attention;
import sinew.kernels.Device;
import sinew.kernels.Kernels;
import sinew.kernels.Rows;
import sinew.kernels.Workers;

/// Every network of a transformer from its recorded input to its recorded output, as it is and with one thing wrong that
/// a reader could get wrong: the recording must tell.
class WrongChoicesTest {
    /// A fifth of what the recordings ask for: closer than the two forms of GELU are to each other.
    private static final double LIMIT = 2e-5;

    @TempDir
    Path temporary;

    private final Arena arena = Arena.ofShared();
    private final Workers workers = Workers.of(1);

    @AfterEach
    void close() {
        workers.close();
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({
        "NOTHING", "RELU_AS_GELU", "FIRST_POSITIONS_MISSING", "HEADS_JOINED",
    })
    void act(Wrong wrong) throws IOException {
        check(wrong, this::act);
    }

    @ParameterizedTest
    @CsvSource({
        "NOTHING", "QUICK_GELU_AS_GELU", "FIRST_POSITIONS_MISSING", "HEADS_JOINED",
    })
    void clipVision(Wrong wrong) throws IOException {
        check(wrong, kernels -> clip((weights, spec, golden) -> {
            ClipVision tower = new ClipVision(
                    kernels, weights.scope().in("rgb_encoder"), spec.vision().clip(), new Size(32, 32), 1, arena);
            write(tower.input(), Arrays.copyOf(golden.floats("vision_input"), 3 * 32 * 32));
            tower.plan().run(workers, 1);
            float[] want = Arrays.copyOf(golden.floats("vision_cls"), 128);
            return new Result(want, tower.features().tokens(0));
        }));
    }

    @ParameterizedTest
    @CsvSource({
        "NOTHING", "QUICK_GELU_AS_GELU", "FIRST_POSITIONS_MISSING", "NO_MASK",
    })
    void clipText(Wrong wrong) throws IOException {
        check(wrong, kernels -> clip((weights, spec, golden) -> {
            ClipText tower = text(kernels, weights, spec);
            float[] out = new float[spec.textSize()];
            tower.encode(workers, ids(golden, 0), out, null);
            return new Result(Arrays.copyOf(golden.floats("text_projected"), out.length), out);
        }));
    }

    /// What stands behind the end token changes nothing, what stands before it does.
    @Test
    void paddingOfTokens() throws IOException {
        clip((weights, spec, golden) -> {
            ClipText tower = text(Kernels.best(), weights, spec);
            float[] ids = ids(golden, 0);
            float[] as = new float[spec.textSize()];
            tower.encode(workers, ids, as, null);
            int end = 0;
            while (ids[end] < ids[ids.length - 1]) {
                end++;
            }
            assertTrue(end > 1 && end < ids.length - 1, "the recorded text fills its place: " + end);
            float[] otherPadding = ids.clone();
            Arrays.fill(otherPadding, end + 1, ids.length, 3);
            float[] same = new float[as.length];
            tower.encode(workers, otherPadding, same, null);
            assertArrayEquals(as, same);
            float[] padded = new float[ids.length];
            Arrays.fill(padded, ids[end]);
            padded[0] = ids[0];
            System.arraycopy(ids, 1, padded, 2, end - 1);
            padded[1] = 3;
            float[] other = new float[as.length];
            tower.encode(workers, padded, other, null);
            assertTrue(Deviation.of(as, other).largest() > LIMIT);
            return null;
        });
    }

    @ParameterizedTest
    @CsvSource({
        "NOTHING, multi-task-dit-diffusion", "NOTHING, multi-task-dit-flow",
        "NO_ROTATION, multi-task-dit-diffusion", "HEADS_JOINED, multi-task-dit-diffusion",
        "FIRST_POSITIONS_MISSING, multi-task-dit-flow", "GELU_TANH_AS_QUICK_GELU, multi-task-dit-flow",
        "GELU_TANH_AS_QUICK_GELU, multi-task-dit-diffusion", "GELU_TANH_AS_GELU, multi-task-dit-flow", "SILU_AS_MISH, multi-task-dit-flow",
    })
    void multiTaskDit(Wrong wrong, String name) throws IOException {
        GoldenCase golden = GoldenCase.find(name);
        try (WeightsFile weights = WeightsFile.open(TestPolicies.weights(name, temporary));
                SafetensorsFile recording = SafetensorsFile.open(golden.recording())) {
            DiffusionSpec spec = (DiffusionSpec) SpecMetadata.read(weights.metadata());
            check(wrong, kernels -> denoise(kernels, weights, spec, recording));
        }
    }

    private Result denoise(Kernels kernels, WeightsFile weights, DiffusionSpec spec, SafetensorsFile recording) {
        int dim = spec.action().size();
        Denoiser network = new ModulatedTransformer(kernels, weights.scope().in("dit"), (DitSpec) spec.denoiser(),
                spec.horizon(), dim, spec.condPerStep(), 1, 1, arena);
        network.condition().write(0, recording.floats("conditioning_vec"), 0);
        network.observe(Device.CPU, workers, 1, null);
        network.keep(0, 0);
        network.select(0, 0, network.table(workers, Arrays.copyOf(recording.floats("timesteps"), 1)), 0);
        network.sample().write(0, spec.horizon(), recording.floats("model_input"), 0);
        network.denoise(workers, 1, null);
        float[] want = Arrays.copyOf(recording.floats("model_output"), spec.horizon() * dim);
        return new Result(want, network.output().tokens(0));
    }

    private Result act(Kernels kernels) throws IOException {
        Path folder = withEmptyBackbone();
        Path file = TestPolicies.convert(folder, folder.resolve("act.gguf"));
        try (WeightsFile weights = WeightsFile.open(file);
                SafetensorsFile golden = SafetensorsFile.open(folder.resolve("golden.safetensors"))) {
            ActSpec spec = (ActSpec) SpecMetadata.read(weights.metadata());
            Size map = new Size(3, 4);
            ActTransformer network = new ActTransformer(
                    kernels, weights.scope(), spec.transformer(), 6, 0, List.of(map, map), 512, 20, 6, arena);
            network.vectors().getFirst().write(0, golden.floats("pre.observation.state"), 0);
            write(network.cameras().get(0), golden.floats("backbone.cam0"));
            write(network.cameras().get(1), golden.floats("backbone.cam1"));
            network.plan().run(workers, 1);
            return new Result(golden.floats("action_chunk_normalized"), network.output().tokens(0));
        }
    }

    /// The recorded checkpoint, whose image encoder is too big to be stored here, with one of zeros.
    private Path withEmptyBackbone() throws IOException {
        Path stored = Path.of("src/test/resources/goldens/act-small-tokens");
        Path folder = Files.createTempDirectory(temporary, "act");
        try (var files = Files.list(stored)) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
        try (SafetensorsFile partial = SafetensorsFile.open(stored.resolve("model.safetensors"))) {
            for (SafetensorsTensor tensor : partial.tensors()) {
                int[] shape = tensor.shape().stream().mapToInt(Integer::intValue).toArray();
                writer.bytes(tensor.name(), tensor.dtype(), partial.bytes(tensor.name()), shape);
            }
            convolution(writer, "conv1", "bn1", 64, 3, 7);
            int in = 64;
            for (int layer = 1; layer <= 4; layer++) {
                int out = 32 << layer;
                for (int block = 0; block < 2; block++) {
                    String name = "layer" + layer + "." + block + ".";
                    convolution(writer, name + "conv1", name + "bn1", out, in, 3);
                    convolution(writer, name + "conv2", name + "bn2", out, out, 3);
                    if (in != out) {
                        convolution(writer, name + "downsample.0", name + "downsample.1", out, in, 1);
                    }
                    in = out;
                }
            }
            Files.delete(folder.resolve("model.safetensors"));
            writer.write(folder.resolve("model.safetensors"));
        }
        return folder;
    }

    private static void convolution(
            SafetensorsWriter writer, String conv, String norm, int out, int in, int kernel) {
        writer.generated("model.backbone." + conv + ".weight", Dtype.BF16, () -> 0, out, in, kernel, kernel);
        for (String part : List.of("weight", "bias", "running_mean", "running_var")) {
            writer.generated("model.backbone." + norm + "." + part, Dtype.F32, () -> 0, out);
        }
    }

    private interface Clip {
        Result run(WeightsFile weights, DiffusionSpec spec, SafetensorsFile golden);
    }

    private Result clip(Clip network) throws IOException {
        GoldenCase golden = GoldenCase.find("multi-task-dit-clip");
        try (WeightsFile weights = WeightsFile.open(TestPolicies.weights(golden.name(), temporary));
                SafetensorsFile recording = SafetensorsFile.open(golden.recording())) {
            return network.run(weights, (DiffusionSpec) SpecMetadata.read(weights.metadata()), recording);
        }
    }

    private ClipText text(Kernels kernels, WeightsFile weights, DiffusionSpec spec) {
        return new ClipText(kernels, weights.scope().in("text_encoder"), spec.text(), spec.textSize(), arena);
    }

    private static float[] ids(SafetensorsFile golden, int sample) {
        long[] all = golden.longs("input_ids");
        float[] ids = new float[16];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = all[sample * ids.length + i];
        }
        return ids;
    }

    /// From PyTorch's order, channels first.
    private static void write(Activations to, float[] planes) {
        float[] row = new float[to.channels()];
        for (int p = 0; p < to.positions(); p++) {
            for (int c = 0; c < row.length; c++) {
                row[c] = planes[c * to.positions() + p];
            }
            to.write(p, row, 0);
        }
    }

    private record Result(float[] want, float[] got) {}

    private interface Network {
        Result run(Kernels kernels) throws IOException;
    }

    private static void check(Wrong wrong, Network network) throws IOException {
        Result result = network.run(wrong.kernels());
        double deviation = Deviation.of(result.want, result.got).largest();
        System.out.printf("%-26s %.1e%n", wrong, deviation);
        if (wrong == Wrong.NOTHING) {
            assertTrue(deviation < LIMIT / 10, "deviates by " + deviation);
        } else {
            assertTrue(deviation > LIMIT, "the recording does not tell: " + deviation);
        }
    }

    /// One thing that is done in another way than upstream.
    enum Wrong {
        NOTHING((name, arguments) -> true),
        RELU_AS_GELU((name, arguments) -> swap(arguments, Activation.RELU, Activation.GELU)),
        QUICK_GELU_AS_GELU((name, arguments) -> swap(arguments, Activation.QUICK_GELU, Activation.GELU)),
        GELU_TANH_AS_QUICK_GELU((name, arguments) -> swap(arguments, Activation.GELU_TANH, Activation.QUICK_GELU)),
        GELU_TANH_AS_GELU((name, arguments) -> swap(arguments, Activation.GELU_TANH, Activation.GELU)),
        SILU_AS_MISH((name, arguments) -> swap(arguments, Activation.SILU, Activation.MISH)),
        NO_MASK((name, arguments) -> {
            if (name.equals("attention")) {
                arguments[4] = null;
            }
            return true;
        }),
        NO_ROTATION((name, arguments) -> !name.equals("rotate")),
        HEADS_JOINED((name, arguments) -> {
            if (name.equals("attention")) {
                Attention op = (Attention) arguments[0];
                arguments[0] = new Attention(1, op.channels(), op.queries(), op.keys());
            }
            return true;
        }),
        /// The first sum of each of these networks adds positions.
        FIRST_POSITIONS_MISSING(null);

        private final BiFunction<String, Object[], Boolean> change;

        Wrong(BiFunction<String, Object[], Boolean> change) {
            this.change = change;
        }

        private static boolean swap(Object[] arguments, Activation from, Activation to) {
            for (int i = 0; i < arguments.length; i++) {
                arguments[i] = arguments[i] == from ? to : arguments[i];
            }
            return true;
        }

        Kernels kernels() {
            Kernels best = Kernels.best();
            boolean[] added = new boolean[1];
            return (Kernels) Proxy.newProxyInstance(
                    Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                        if (this == FIRST_POSITIONS_MISSING && method.getName().equals("add") && !added[0]) {
                            added[0] = true;
                            best.activate(Activation.NONE, (Rows) arguments[0], (Rows) arguments[2], 0, 1);
                            return null;
                        }
                        if (change != null && arguments != null && !change.apply(method.getName(), arguments)) {
                            return null;
                        }
                        try {
                            return method.invoke(best, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }
}
