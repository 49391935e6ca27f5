package sinew.runtime.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sinew.runtime.dataset.DatasetFeatures;
import sinew.runtime.dataset.DemonstrationSink;
import sinew.runtime.dataset.LeRobotDatasetWriter;
import sinew.runtime.dataset.TrainingExport;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvStep;
import sinew.runtime.sim.ScriptedExpert;
import sinew.runtime.sim.SimEnv;
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
        PrintWriter out = spec.commandLine().getOut();
        SimOptions options = SimOptions.of(what, seed);
        options = vary ? options.withVariation() : options;
        options = noVideos ? options.withoutImages() : options;
        try (SimEnv env = new SimEnv(options)) {
            EnvObservation first = env.reset(seed);
            DatasetFeatures features =
                    DatasetFeatures.so101(what.arms(), List.copyOf(first.images().keySet()), FPS);
            int recorded = 0, tried = 0;
            long frames = 0;
            try (DemonstrationSink writer = sink(features)) {
                while (recorded < episodes) {
                    // An episode is drawn only when the same seed is known to succeed.
                    long episodeSeed = seed + tried++;
                    if (!succeeds(what, episodeSeed)) {
                        out.println("seed " + episodeSeed + ": the expert failed; left out");
                        continue;
                    }
                    int length = demonstrate(env, episodeSeed, writer);
                    writer.endEpisode(what.prompt());
                    recorded++;
                    frames += length;
                    out.println("episode " + recorded + " of " + episodes + ": seed " + episodeSeed + ", " + length
                            + " frames");
                    out.flush();
                }
            }
            out.println(output + ": " + recorded + " episodes, " + frames + " frames; the expert succeeded in "
                    + recorded + " of "
                    + tried);
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

    private boolean succeeds(SimTask what, long episodeSeed) throws IOException {
        try (SimEnv blind = new SimEnv(SimOptions.of(what, episodeSeed).withoutImages())) {
            return demonstrate(blind, episodeSeed, null) > 0 && blind.verdict().success();
        }
    }

    /// Plays one episode and returns its length; with a writer it records each step.
    private int demonstrate(SimEnv env, long episodeSeed, DemonstrationSink writer) throws IOException {
        EnvObservation seen = env.reset(episodeSeed);
        ScriptedExpert expert = env.expert(episodeSeed);
        Disturbance disturbance = new Disturbance(noise, episodeSeed);
        int steps = 0;
        EnvStep step;
        do {
            float[] action = expert.act();
            if (writer != null) {
                writer.frame(state(seen), action, seen.images(), env.truth());
            }
            step = env.step(disturbance.apply(action));
            seen = step.observation();
            steps++;
        } while (!step.done());
        return steps;
    }

    private static float[] state(EnvObservation seen) {
        List<float[]> parts = new ArrayList<>(seen.states().values());
        float[] state = new float[parts.size() * parts.get(0).length];
        int at = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, state, at, part.length);
            at += part.length;
        }
        return state;
    }

    /// A slow random drift of what is executed: an Ornstein-Uhlenbeck process on each joint but the grippers.
    private static final class Disturbance {
        private static final double MEMORY = 0.85;
        private static final int JOINTS = 6;
        private final double size;
        private final SplittableRandom random;
        private double[] drift = {};

        Disturbance(double size, long seed) {
            this.size = size;
            random = new SplittableRandom(~seed);
        }

        float[] apply(float[] action) {
            if (size == 0) {
                return action;
            }
            if (drift.length == 0) {
                drift = new double[action.length];
            }
            float[] out = action.clone();
            for (int i = 0; i < out.length; i++) {
                if (i % JOINTS != JOINTS - 1) {
                    drift[i] = MEMORY * drift[i] + Math.sqrt(1 - MEMORY * MEMORY) * size * random.nextGaussian();
                    out[i] += (float) drift[i];
                }
            }
            return out;
        }
    }
}
