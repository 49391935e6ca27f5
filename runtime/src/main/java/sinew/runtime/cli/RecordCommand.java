package sinew.runtime.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.checks.TaskFit;
import sinew.runtime.dataset.DatasetFeatures;
import sinew.runtime.dataset.DemonstrationSink;
import sinew.runtime.dataset.LeRobotDatasetWriter;
import sinew.runtime.dataset.TrainingExport;
import sinew.runtime.demonstration.SimDemonstrator;
import sinew.runtime.env.EnvTask;
import sinew.runtime.eval.EpisodePolicy;
import sinew.runtime.eval.LocalEpisodePolicy;
import sinew.runtime.sim.SimOptions;
import sinew.runtime.sim.SimTask;

/// `sinew record`: a scripted expert demonstrates a task in the simulation, as a LeRobot data set.
@Command(
        name = "record",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Records demonstrations of a scripted expert in the simulation as a LeRobot v3 data set.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:the data set is complete", "1:an error, told on standard error", "2:wrong options"})
final class RecordCommand implements Callable<Integer> {
    private static final List<String> ENV_TYPES = List.of("sim");
    private static final List<String> TASKS = List.of("lift", "stack", "sort");
    private static final List<String> FORMATS = List.of("lerobot", "raw");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,3})x(\\d{1,3})");
    private static final int FPS = 30;

    @Spec
    private CommandSpec spec;

    @Option(names = "--env.type", paramLabel = "TYPE", defaultValue = "sim",
            description = "The environment: sim. Default: ${DEFAULT-VALUE}.")
    private String envType;

    @Option(names = "--env.task", paramLabel = "TASK", defaultValue = "lift",
            description = "lift, stack or sort. Default: ${DEFAULT-VALUE}.")
    private String task;

    @Option(names = "--episodes", paramLabel = "N", defaultValue = "50",
            description = "Successful episodes to record. Default: ${DEFAULT-VALUE}.")
    private int episodes;

    @Option(names = {"-o", "--output-dir"}, paramLabel = "DIR", required = true,
            description = "Folder of the data set; new or empty.")
    private Path output;

    @Option(names = "--env.seed", paramLabel = "N", defaultValue = "100000",
            description = "Seed of the first episode; each takes the next one. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--env.variation", negatable = true, defaultValue = "false", fallbackValue = "true",
            description = "Light, colours, camera pose and noise change from episode to episode.")
    private boolean vary;

    @Option(names = "--action-noise", paramLabel = "UNITS", defaultValue = "0",
            description = "Disturbs what the arm executes, not what is recorded, by so much (standard deviation, "
                    + "robot units): the demonstrations then show how to come back. Default: ${DEFAULT-VALUE}.")
    private double noise;

    @Option(names = "--policy.path", paramLabel = "FILE|DIR",
            description = "Lets this policy begin each episode; after a random number of steps the expert takes over, and"
                    + " only its part is recorded: demonstrations of how to come back from the policy's own mistakes.")
    private Path policyPath;

    @Mixin
    private WeightTypeFlag weightType;

    @Mixin
    private DeviceFlag device;

    @Option(names = "--format", paramLabel = "FORMAT", defaultValue = "lerobot",
            description = "lerobot (data set v3.0), or raw (plain arrays with small pictures, for "
                    + "tools/train-demo-policy). Default: ${DEFAULT-VALUE}.")
    private String format;

    @Option(names = "--raw-size", paramLabel = "HxW", defaultValue = "120x160",
            description = "Size of raw pictures. Default: ${DEFAULT-VALUE}.")
    private String rawSize;

    @Option(names = "--no-videos", description = "States and actions only.")
    private boolean noVideos;

    @Override
    public Integer call() throws IOException {
        if (!ENV_TYPES.contains(envType)) {
            throw wrong(Nearest.unknown("--env.type", envType, ENV_TYPES));
        }
        if (!TASKS.contains(task)) {
            throw wrong(Nearest.unknown("--env.task", task, TASKS));
        }
        if (episodes < 1) {
            throw wrong("--episodes must be 1 or more, got " + episodes);
        }
        if (!(noise >= 0)) {
            throw wrong("--action-noise must be 0 or more, got " + noise);
        }
        if (!FORMATS.contains(format)) {
            throw wrong(Nearest.unknown("--format", format, FORMATS));
        }
        if (!SIZE.matcher(rawSize).matches()) {
            throw wrong("--raw-size must be HEIGHTxWIDTH such as 120x160, got " + rawSize);
        }
        record(SimTask.of(task));
        return 0;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private void record(SimTask what) throws IOException {
        SimOptions options = SimOptions.of(what, seed);
        options = vary ? options.withVariation() : options;
        options = noVideos ? options.withoutImages() : options;
        if (policyPath == null) {
            if (weightType.isGiven()) {
                throw wrong("--type is the weights' of --policy.path: name a policy");
            }
            record(options, null);
            return;
        }
        if (noVideos) {
            throw wrong("--policy.path and --no-videos do not go together: the policy needs to see");
        }
        PrintWriter out = spec.commandLine().getOut();
        LoadOptions load = device.on(LoadOptions.defaults());
        Path weights;
        try (ConversionProgress progress = new ConversionProgress(out)) {
            weights = weightType.weights(policyPath, progress);
        }
        try (Policy policy = Policies.load(weights, load);
                EpisodePolicy beginner =
                        new LocalEpisodePolicy(policy, SamplingOptions.FROM_CHECKPOINT, TorchRandom::new)) {
            List<String> problems = new TaskFit(policy.spec(), Map.of()).problems(EnvTask.byId(what.label()));
            if (!problems.isEmpty()) {
                throw new IOException(policyPath + ": " + String.join(";\n  ", problems));
            }
            record(options, beginner);
        }
    }

    private void record(SimOptions options, EpisodePolicy beginner) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        SimTask what = options.task();
        try (SimDemonstrator demonstrator = new SimDemonstrator(options, noise, beginner)) {
            DatasetFeatures features = DatasetFeatures.so101(
                    what.arms(), List.copyOf(demonstrator.first(seed).images().keySet()), FPS);
            int recorded = 0, tried = 0;
            long frames = 0;
            try (DemonstrationSink writer = sink(features)) {
                while (recorded < episodes) {
                    long episodeSeed = seed + tried++;
                    int length = demonstrator.demonstrate(episodeSeed, writer);
                    if (length == 0) {
                        out.println("seed " + episodeSeed + ": " + (beginner == null
                                ? "the expert failed; left out"
                                : "left out, the policy needed no help or was beyond it"));
                        continue;
                    }
                    recorded++;
                    frames += length;
                    out.println("episode " + recorded + " of " + episodes + ": seed " + episodeSeed + ", " + length
                            + " frames");
                    out.flush();
                }
            }
            out.println(output + ": " + recorded + " episodes, " + frames + " frames, of " + tried + " tried");
            out.flush();
        }
    }

    private DemonstrationSink sink(DatasetFeatures features) throws IOException {
        if (format.equals("lerobot")) {
            return new LeRobotDatasetWriter(output, features);
        }
        Matcher size = SIZE.matcher(rawSize);
        size.matches();
        return new TrainingExport(output, features, Integer.parseInt(size.group(1)), Integer.parseInt(size.group(2)));
    }
}
