package sinew.runtime.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.weights.WeightsFile;
import sinew.runtime.checks.TaskFit;
import sinew.runtime.env.EnvTask;
import sinew.runtime.serve.PolicyServer;
import sinew.runtime.serve.PolicyServerConfig;

/// `sinew serve`: a policy behind a WebSocket.
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Serves a policy to policy clients: sinew run, env_client, openpi_client.",
        footer = {"", "Ctrl-C ends it after the predictions that are being made."},
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "1:the policy cannot be loaded, does not fit the task, or the port is taken", "2:wrong options"
        })
final class ServeCommand implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int MOST_ROBOTS = 64;

    @Spec
    private CommandSpec spec;

    @Option(names = "--policy.path", required = true, paramLabel = "FILE|DIR",
            description = "Weights file, or checkpoint: LeRobot's directory or diffusion_policy's .ckpt (converted once"
                    + " and kept beside it).")
    private Path policyPath;

    @Option(names = "--policy.task", paramLabel = "lift|sort|stack",
            description = "What the policy was trained for; checked against its cameras and joints."
                    + " Default: the first of lift, stack, sort that fits.")
    private String task;

    @Mixin
    private DeviceFlag device;

    @Option(names = "--policy.act-steps", paramLabel = "N",
            description = "Send only the first N actions of each chunk. Default: all of the policy's n_action_steps.")
    private Integer actSteps;

    @Mixin
    private WeightTypeFlag weightType;

    @Mixin
    private SamplingFlags sampling;

    @Option(names = "--policy.rename-map", paramLabel = "SENT=NAME",
            description = "For clients with names of their own: camera or state name by its path in the request,"
                    + " e.g. observation/exterior_image_1_left=front. Repeatable.")
    private Map<String, String> renames = new LinkedHashMap<>();

    @Option(names = "--host", paramLabel = "ADDRESS", defaultValue = "0.0.0.0",
            description = "Address to listen at. Default: ${DEFAULT-VALUE}, every interface.")
    private String host;

    @Option(names = "--port", paramLabel = "N", defaultValue = "8000",
            description = "Port to listen at, 0 for any. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(names = "--api-key", paramLabel = "KEY", defaultValue = "${env:SINEW_API_KEY}",
            description = "Let in only clients that send this key."
                    + " Default: the environment's SINEW_API_KEY, else everyone.")
    private String apiKey;

    @Option(names = "--seed", paramLabel = "N",
            description = "Connection 0, 1, ... draws noise as torch.manual_seed(N), (N + 1), ... does."
                    + " Default: a random N.")
    private Long seed;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of a prediction. Default: one per core.")
    private Integer threads;

    @Option(names = "--max-batch", paramLabel = "N",
            description = "Robots that share a pass over the weights; more wait in line. Default: 8.")
    private Integer maxBatch;

    @Option(names = "--max-message-mib", paramLabel = "N", defaultValue = "64",
            description = "Largest request in MiB. Default: ${DEFAULT-VALUE}.")
    private int maxMessageMib;

    @Option(names = "--max-connections", paramLabel = "N", defaultValue = "16",
            description = "Clients at once. Default: ${DEFAULT-VALUE}.")
    private int maxConnections;

    @Option(names = "--keepalive-s", paramLabel = "N", defaultValue = "20",
            description = "Ping clients every N seconds and drop those that do not answer, 0 for never."
                    + " Default: ${DEFAULT-VALUE}.")
    private int keepAliveSeconds;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        sampling.options(); // says what is wrong before a policy is loaded
        EnvTask wanted = taskOption();
        PolicyServerConfig config = serverConfig();
        // The run warms the policy up: a robot that comes early need not wait for the end of it.
        LoadOptions load = device.on(LoadOptions.defaults()).withWarmUp(false).withProgress(line -> say(out, "  " + line));
        if (threads != null) {
            load = load.withThreads(atLeastOne("--threads", threads));
        }
        if (maxBatch != null) {
            if (maxBatch < 1 || maxBatch > MOST_ROBOTS) {
                throw wrong("--max-batch wants a number from 1 to " + MOST_ROBOTS + ", got " + maxBatch);
            }
            load = load.withMaxBatch(maxBatch);
        }
        PolicyServer.requireFree(config);
        say(out, "Loading the policy from " + policyPath);
        Path weights;
        try (ConversionProgress progress = new ConversionProgress(out)) {
            weights = weightType.weights(policyPath, progress);
        }
        PolicySpec policySpec = readSpec(weights);
        TaskFit fit = new TaskFit(policySpec, renames);
        List<String> problems = problems(policySpec, fit, wanted);
        if (!problems.isEmpty()) {
            PrintWriter err = spec.commandLine().getErr();
            err.println("sinew serve: " + String.join(";\n  ", problems) + ".");
            err.flush();
            return FAILED;
        }
        EnvTask served = wanted != null ? wanted : fit.first();
        Policy policy = Policies.load(weights, load);
        SamplingOptions options;
        try {
            options = sampling.checkedFor(policy);
        } catch (ParameterException e) {
            policy.close();
            throw e;
        }
        long firstSeed = seed != null ? seed : new SecureRandom().nextInt(Integer.MAX_VALUE);
        // Closed by the run, on whichever thread ends it.
        return new ServeRun(policy, policyPath, served, options, firstSeed, config, out, spec.commandLine().getErr())
                .run();
    }

    /// What does not fit is told before the policy is loaded and warmed up.
    private static PolicySpec readSpec(Path weights) throws IOException {
        try (WeightsFile file = WeightsFile.openHeader(weights)) {
            return SpecMetadata.read(file.metadata());
        }
    }

    private List<String> problems(PolicySpec policySpec, TaskFit fit, EnvTask wanted) {
        List<String> problems = new ArrayList<>();
        if (wanted != null) {
            problems.addAll(fit.problems(wanted));
        }
        if (actSteps != null && actSteps > policySpec.nActionSteps()) {
            problems.add("--policy.act-steps " + actSteps + " is more than the " + policySpec.nActionSteps()
                    + " actions of the policy's chunks (its n_action_steps)");
        }
        return problems;
    }

    private EnvTask taskOption() {
        if (task == null) {
            return null;
        }
        EnvTask known = EnvTask.byId(task);
        if (known == null) {
            throw wrong(Nearest.unknown("task", task, EnvTask.ids()));
        }
        return known;
    }

    private PolicyServerConfig serverConfig() {
        if (maxMessageMib < 1 || maxMessageMib > 1024) {
            throw wrong("--max-message-mib wants a number from 1 to 1024, got " + maxMessageMib);
        }
        try {
            int rows = actSteps == null ? 0 : atLeastOne("--policy.act-steps", actSteps);
            return new PolicyServerConfig(host, port, apiKey, maxMessageMib << 20, maxConnections,
                    Duration.ofSeconds(keepAliveSeconds), rows, renames);
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
    }

    private Integer atLeastOne(String flag, Integer value) {
        if (value != null && value < 1) {
            throw wrong(flag + " wants a number from 1 on, got " + value);
        }
        return value;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private static void say(PrintWriter out, String line) {
        out.println(line);
        out.flush();
    }
}
