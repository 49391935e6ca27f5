package sinew.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.policy.SchedulerSpec;
import sinew.kernels.WeightType;

/// How many predictions a machine makes when several robots ask one policy at the same time, and how long each of
/// them waits. Every robot asks again as soon as it has its answer, with one new observation.
@Command(name = "several-robots", mixinStandardHelpOptions = true, sortOptions = false)
public final class SeveralRobots implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--config", paramLabel = "NAME", defaultValue = "default-h16")
    private String config;

    @Option(names = "--type", paramLabel = "f32|bf16|...", defaultValue = "bf16")
    private WeightType type;

    @Option(names = "--robots", paramLabel = "N", split = ",", defaultValue = "1,2,4,8")
    private int[] robots;

    @Option(names = "--max-batch", paramLabel = "N", defaultValue = "8",
            description = "Robots that share a pass; 1 lets them take turns.")
    private int maxBatch;

    @Option(names = "--device", paramLabel = "cpu|cuda|cuda:N", defaultValue = "cpu")
    private String device;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "10", description = "DDIM steps of a prediction.")
    private int steps;

    @Option(names = "--seconds", paramLabel = "N", defaultValue = "6", description = "Time for each number of robots.")
    private int seconds;

    public static void main(String[] args) {
        System.exit(new CommandLine(new SeveralRobots()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        Path weights = SyntheticModels.ofUser(out::println).weights(preset(), type);
        try (Policy policy = Policies.load(weights, LoadOptions.defaults().withDevice(device).withMaxBatch(maxBatch))) {
            out.printf("%s on %s, DDIM %d steps, up to %d in a pass%n", weights.getFileName(), policy.device(), steps, maxBatch);
            out.printf("%8s %15s %12s %12s %12s%n", "robots",
                    "predictions/s", "first ms", "median ms", "longest ms");
            for (int n : robots) {
                out.println(measure(policy, n));
            }
        }
        return 0;
    }

    private SyntheticPreset preset() {
        SyntheticPreset preset = SyntheticPreset.of(config);
        if (preset == null) {
            throw new ParameterException(spec.commandLine(),
                    "no config '" + config + "'; there are " + String.join(", ", SyntheticPreset.keys()));
        }
        return preset;
    }

    private String measure(Policy policy, int n) throws Exception {
        List<Future<double[]>> answers = new ArrayList<>();
        long start = System.nanoTime();
        long end = start + seconds * 1_000_000_000L;
        try (ExecutorService threads = Executors.newFixedThreadPool(n)) {
            for (int robot = 0; robot < n; robot++) {
                int seed = robot;
                Callable<double[]> work = () -> drive(policy, seed, end);
                answers.add(threads.submit(work));
            }
        }
        double elapsed = (System.nanoTime() - start) / 1e9;
        List<Double> all = new ArrayList<>();
        double first = 0;
        for (Future<double[]> answer : answers) {
            double[] millis = answer.get();
            first = Math.max(first, millis[0]);
            Arrays.stream(millis).skip(1).forEach(all::add);
        }
        all.sort(null);
        return String.format(Locale.ROOT, "%8d %15.2f %12.1f %12.1f %12.1f", n, (all.size() + n) / elapsed, first,
                all.get(all.size() / 2), all.getLast());
    }

    /// Milliseconds of each prediction.
    private double[] drive(Policy policy, int seed, long end) throws IOException {
        PolicySession session =
                policy.newSession(new TorchRandom(seed), new SamplingOptions(SchedulerSpec.Kind.DDIM, steps));
        SplittableRandom random = new SplittableRandom(seed);
        Observation[] observations = new Observation[4];
        Arrays.setAll(observations, i -> OurPrediction.observation(policy.spec(), random));
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < 2 || System.nanoTime() < end; i++) {
            long before = System.nanoTime();
            session.predict(observations[i % observations.length]);
            millis.add((System.nanoTime() - before) / 1e6);
        }
        return millis.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
