package sinew.runtime.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
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
import sinew.runtime.env.EnvTask;
import sinew.runtime.eval.EpisodePolicy;
import sinew.runtime.eval.EpisodeResult;
import sinew.runtime.eval.EvalSummary;
import sinew.runtime.eval.LocalEpisodePolicy;
import sinew.runtime.eval.ServedEpisodePolicy;
import sinew.runtime.eval.SimEvaluation;
import sinew.runtime.serve.ConnectionEvents;
import sinew.runtime.serve.PolicyClientConfig;
import sinew.runtime.serve.WebSocketPolicyClient;
import sinew.runtime.sim.SimOptions;
import sinew.runtime.sim.SimTask;

/// `sinew eval`: how often a policy does its task in the simulation.
@Command(
        name = "eval",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Measures how often a policy succeeds in the simulated environment, in this process or behind a server.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:all episodes ran", "1:an error, told on standard error", "2:wrong options"})
final class EvalCommand implements Callable<Integer> {
    private static final List<String> ENV_TYPES = List.of("sim");
    private static final int FAILED = 1;

    @Spec
    private CommandSpec spec;

    @Option(names = "--policy.path", paramLabel = "FILE|DIR",
            description = "Weights file, or checkpoint: LeRobot's directory or diffusion_policy's .ckpt (converted once"
                    + " and kept beside it). Default: the bundled policy.")
    private Path policyPath;

    @Option(names = "--server", paramLabel = "ADDRESS",
            description = "Asks this server instead, for instance ws://127.0.0.1:8000; weights, steps and scheduler are its own.")
    private String server;

    @Mixin
    private WeightTypeFlag weightType;

    @Mixin
    private DeviceFlag device;

    @Mixin
    private SamplingFlags sampling;

    @Option(names = "--env.type", paramLabel = "TYPE", defaultValue = "sim",
            description = "The environment: sim. Default: ${DEFAULT-VALUE}.")
    private String envType;

    @Option(names = "--env.task", paramLabel = "TASK", defaultValue = "lift",
            description = "lift, stack or sort. Default: ${DEFAULT-VALUE}.")
    private String task;

    @Option(names = "--env.episode-length", paramLabel = "STEPS",
            description = "Control steps after which an episode ends. Default: the task's (lift 100).")
    private Integer episodeLength;

    @Option(names = "--env.variation",
            description = "Light, colours, camera pose and noise change from episode to episode.")
    private boolean vary;

    @Option(names = "--episodes", paramLabel = "N", defaultValue = "100",
            description = "Episodes to run. Default: ${DEFAULT-VALUE}.")
    private int episodes;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0",
            description = "Seed of the first episode and of its noise; each takes the next. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--workers", paramLabel = "N",
            description = "Episodes at a time; it does not change the result. Default: one per core.")
    private Integer workers;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        SimOptions options = options();
        int team = workers == null ? Runtime.getRuntime().availableProcessors() : atLeastOne("--workers", workers);
        sampling.options(); // says what is wrong before a policy is loaded
        LoadOptions load = device.on(LoadOptions.defaults());
        PrintWriter progressOut = json ? spec.commandLine().getErr() : out;
        if (server != null) {
            if (policyPath != null) {
                throw wrong("give --policy.path or --server, not both");
            }
            PolicyClientConfig config = served();
            report(new SimEvaluation(() -> connect(config), options), team, progressOut);
            return 0;
        }
        Path weights;
        try (ConversionProgress progress = new ConversionProgress(progressOut)) {
            Path policy = policyPath != null
                    ? policyPath
                    : BundledPolicy.weights(EnvTask.byId(options.task().label()), progressOut);
            weights = weightType.weights(policy, progress);
        }
        try (Policy policy = Policies.load(weights, load)) {
            List<String> problems =
                    new TaskFit(policy.spec(), java.util.Map.of()).problems(EnvTask.byId(options.task().label()));
            if (!problems.isEmpty()) {
                spec.commandLine().getErr().println("sinew eval: " + String.join(";\n  ", problems) + ".");
                return FAILED;
            }
            SamplingOptions how = sampling.checkedFor(policy);
            report(new SimEvaluation(() -> new LocalEpisodePolicy(policy, how, TorchRandom::new), options), team,
                    progressOut);
        }
        return 0;
    }

    private void report(SimEvaluation evaluation, int team, PrintWriter progressOut)
            throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        List<EpisodeResult> results = run(evaluation, team, progressOut);
        if (json) {
            out.println(toJson(results));
        } else {
            tell(out, results);
        }
        out.flush();
    }

    private PolicyClientConfig served() {
        if (weightType.isGiven() || sampling.isGiven()) {
            throw wrong("--type, --steps and --scheduler belong to the server: give them to sinew serve");
        }
        try {
            return PolicyClientConfig.of(server, 8000).withMaxWait(Duration.ZERO);
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
    }

    private static EpisodePolicy connect(PolicyClientConfig config) {
        return new ServedEpisodePolicy(WebSocketPolicyClient.connect(config, ConnectionEvents.SILENT));
    }

    private SimOptions options() {
        if (!ENV_TYPES.contains(envType)) {
            throw wrong(Nearest.unknown("--env.type", envType, ENV_TYPES));
        }
        if (!EnvTask.ids().contains(task)) {
            throw wrong(Nearest.unknown("--env.task", task, EnvTask.ids()));
        }
        atLeastOne("--episodes", episodes);
        SimOptions options = SimOptions.of(SimTask.of(task), seed);
        if (episodeLength != null) {
            options = options.withMaxSteps(atLeastOne("--env.episode-length", episodeLength));
        }
        return vary ? options.withVariation() : options;
    }

    private int atLeastOne(String flag, int value) {
        if (value < 1) {
            throw wrong(flag + " wants a number from 1 on, got " + value);
        }
        return value;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private List<EpisodeResult> run(SimEvaluation evaluation, int team, PrintWriter plain) throws InterruptedException {
        if (ConversionProgress.isTerminal()) {
            try (ProgressBar bar = new ProgressBar("episodes", episodes)) {
                return evaluation.run(episodes, team, result -> bar.step());
            }
        }
        return evaluation.run(episodes, team, result -> {
            String how = result.verdict().success() ? "success" : "failure";
            plain.println("seed " + result.seed() + ": " + how + " after " + result.verdict().steps() + " steps");
            plain.flush();
        });
    }

    private void tell(PrintWriter out, List<EpisodeResult> results) {
        EvalSummary s = EvalSummary.of(results);
        out.printf(Locale.ROOT, "success      %d of %d = %.1f%%, 95%% interval %.1f%% to %.1f%%%n", s.successes(),
                s.episodes(), 100 * s.rate(), 100 * s.low(), 100 * s.high());
        if (task.equals("lift")) {
            out.printf(Locale.ROOT, "held 0.5 s   %d of %d%n", s.held(), s.episodes());
        }
        if (s.successes() > 0) {
            out.printf(Locale.ROOT, "to success   %.2f s (median)%n", s.stepsToGo() / SimTask.CONTROL_HZ);
        }
        out.printf(Locale.ROOT, "prediction   %.1f ms (median), %.1f ms (95th percentile)%n", s.predictMs(),
                s.predictMsP95());
    }

    private String toJson(List<EpisodeResult> results) throws IOException {
        EvalSummary s = EvalSummary.of(results);
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode node = mapper.createObjectNode();
        node.put("policy", server != null ? server : policyPath == null ? "bundled" : policyPath.toString()).put("env", envType).put("task", task).put("seed", seed);
        node.put("episodes", s.episodes()).put("successes", s.successes()).put("held", s.held());
        node.put("success_rate", s.rate()).put("wilson95_low", s.low()).put("wilson95_high", s.high());
        if (s.successes() > 0) {
            node.put("median_steps_to_success", s.stepsToGo());
        } else {
            node.putNull("median_steps_to_success");
        }
        node.put("predict_ms_median", s.predictMs()).put("predict_ms_p95", s.predictMsP95());
        var list = node.putArray("results");
        for (EpisodeResult r : results) {
            list.addObject().put("seed", r.seed()).put("success", r.verdict().success()).put("held", r.verdict().held())
                    .put("steps", r.verdict().steps()).put("first_success", r.verdict().firstSuccess());
        }
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(node);
    }
}
