package sinew.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sinew.convert.SyntheticPreset;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.inference.PolicyProfile;
import sinew.engine.nn.Plan;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.policy.SchedulerSpec;
import sinew.kernels.Device;
import sinew.kernels.DeviceException;
import sinew.kernels.Rows;
import sinew.kernels.WeightType;
import sinew.kernels.Workers;
import sinew.kernels.cuda.Devices;

/// What a GPU does: how far its actions are from the processor's, how long a step of the UNet takes as a recording and
/// what share of the memory's bandwidth that is, and how long a whole prediction takes from frames to actions.
///
/// PyTorch's times come from `bench/cuda/torch_peer.py`, which `bench/cuda/run.sh` runs before.
@Command(name = "gpu-bench", mixinStandardHelpOptions = true, sortOptions = false)
public final class GpuBench implements Callable<Integer> {
    private static final int REPLAYS = 20;

    @Spec
    private CommandSpec spec;

    @Option(names = "--device", paramLabel = "cuda[:N]", defaultValue = "cuda")
    private String deviceName;

    @Option(names = "--config", paramLabel = "NAME", split = ",", defaultValue = "default-h16,default-h64")
    private List<String> configs;

    @Option(names = "--type", paramLabel = "f32|tf32|bf16|int8", split = ",", defaultValue = "f32,tf32,bf16,int8")
    private List<String> types;

    @Option(names = "--batch", paramLabel = "N", split = ",", defaultValue = "1,8,64")
    private List<Integer> batches;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "10", description = "DDIM steps of a prediction.")
    private int steps;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "30")
    private int runs;

    @Option(names = "--copy-mib", paramLabel = "N", defaultValue = "512",
            description = "Memory that is copied to find the bandwidth. Default: ${DEFAULT-VALUE}.")
    private int copyMib;

    @Option(names = "--peers", paramLabel = "FILE", description = "What torch_peer.py wrote.")
    private Path peers;

    @Option(names = "--json", paramLabel = "FILE", description = "Write all figures as JSON too.")
    private Path json;

    @Option(names = "--profile", description = "Show every kernel call of a step with the device's own time.")
    private boolean profile;

    private final ObjectNode results = new ObjectMapper().createObjectNode();
    private PrintWriter out;
    private JsonNode torch;
    private double bandwidth; // bytes per second

    public static void main(String[] args) {
        System.exit(new CommandLine(new GpuBench()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        torch = peers == null ? null : new ObjectMapper().readTree(peers.toFile());
        try (Device device = Devices.open(deviceName)) {
            say("%s: %s", device.name(), device.description());
            results.put("device", device.description());
            bandwidth = copySpeed(device);
            say("copies %.0f GB/s, counting what is read and what is written", bandwidth / 1e9);
            results.put("copy_gb_per_s", bandwidth / 1e9);
        } catch (DeviceException e) {
            spec.commandLine().getErr().println("gpu-bench: " + e.getMessage());
            return 1;
        }
        SyntheticModels models = SyntheticModels.ofUser(out::println);
        for (String config : configs) {
            SyntheticPreset preset = SyntheticPreset.of(config);
            if (preset == null) {
                throw new ParameterException(spec.commandLine(),
                        "no config '" + config + "'; there are " + String.join(", ", SyntheticPreset.keys()));
            }
            for (String type : types) {
                boolean tf32 = type.equals("tf32");
                WeightType stored = tf32 ? WeightType.F32 : WeightType.valueOf(type.toUpperCase(Locale.ROOT));
                measure(config + "/" + type, models.weights(preset, stored), deviceName + (tf32 ? "+tf32" : ""));
            }
        }
        if (json != null) {
            new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(json.toFile(), results);
        }
        return 0;
    }

    /// The largest of some tries.
    private double copySpeed(Device device) {
        try (Arena arena = Arena.ofShared()) {
            int columns = 1024;
            int rows = copyMib * (1 << 20) / Float.BYTES / columns / 2;
            long bytes = (long) rows * columns * Float.BYTES;
            Rows from = Rows.dense(device.allocate(arena, bytes), rows, columns);
            Rows to = Rows.dense(device.allocate(arena, bytes), rows, columns);
            Runnable copy = () -> device.kernels().copyTokens(from, 0, to, 0, rows, 1, 0, 1);
            double best = 0;
            for (int i = 0; i < 10; i++) {
                best = Math.max(best, 2.0 * bytes / device.time(copy) * 1e9);
            }
            return best;
        }
    }

    private void measure(String name, Path weights, String on) throws IOException {
        LoadOptions load = LoadOptions.defaults().withDevice(on).withMaxBatch(1);
        try (Policy policy = Policies.load(weights, load)) {
            agreement(name, weights, policy);
            Times times = Race.run(List.of(new OurPrediction(policy, ddim())), runs).getFirst();
            figure(name + "/prediction", times.median());
            if (profile) {
                for (PolicyProfile.Stage stage : PolicyProfile.measure(policy, runs)) {
                    say("  %s x%d", stage.name(), stage.batch());
                    for (Plan.StepTime step : stage.steps()) {
                        say("    %8.1f us  %s", step.millis() * 1e3, step.name());
                    }
                }
            }
        }
        for (int batch : batches) {
            try (Device device = Devices.open(on); Workers alone = Workers.of(1);
                    OurUnet unet = new OurUnet(name, weights, batch, device, alone)) {
                unet.set(Noise.unet(batch, unet.sampleSize(), unet.conditionSize()));
                unet.run(); // what is recorded must have run before
                try (Device.Recording step = device.record(unet::run)) {
                    long[] nanos = new long[runs];
                    for (int run = 0; run < runs; run++) {
                        nanos[run] = device.time(() -> {
                            for (int i = 0; i < REPLAYS; i++) {
                                step.replay();
                            }
                        }) / REPLAYS;
                    }
                    Arrays.sort(nanos);
                    double millis = nanos[runs / 2] / 1e6;
                    long bytes = unet.plan().weightBytes();
                    figure(name + "/step-x" + batch, millis);
                    say("    %.0f MB of weights at %.0f GB/s: %.2f times what a read at the copy's speed takes",
                            bytes / 1e6, bytes / millis / 1e6, millis / 1e3 * bandwidth / bytes);
                }
            }
        }
    }

    private SamplingOptions ddim() {
        return new SamplingOptions(SchedulerSpec.Kind.DDIM, steps);
    }

    /// The same weights, noise and observation here and there.
    private void agreement(String name, Path weights, Policy policy) throws IOException {
        Observation seen = OurPrediction.observation(policy.spec(), new SplittableRandom(7));
        ActionChunk there = policy.newSession(new TorchRandom(3), ddim()).predict(seen);
        try (Policy processor = Policies.load(weights, LoadOptions.defaults().withWarmUp(false))) {
            ActionChunk here = processor.newSession(new TorchRandom(3), ddim()).predict(seen);
            double units = largest(here.values(), there.values());
            double normalized = largest(here.normalized(), there.normalized());
            say("%-34s actions differ from the processor's by at most %.2e, %.2e in robot units", name, normalized, units);
            results.withObject("/" + name.replace("/", "~1")).put("normalized", normalized).put("units", units);
        }
    }

    private static double largest(float[] a, float[] b) {
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = Math.abs((double) a[i] - b[i]);
            largest = difference <= largest ? largest : difference; // a NaN stays
        }
        return largest;
    }

    /// A time, and how many times as long PyTorch's ways take.
    private void figure(String id, double millis) {
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-34s %9.3f ms", id, millis));
        results.put(id, millis);
        if (torch != null && torch.has(id)) {
            torch.get(id).properties().forEach(way -> line.append(String.format(Locale.ROOT, "   %s %.3f ms (%.2fx)",
                    way.getKey(), way.getValue().asDouble(), way.getValue().asDouble() / millis)));
        }
        out.println(line);
    }

    private void say(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }
}
