package sinew.runtime.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sinew.engine.inference.LoadOptions;
import sinew.runtime.checks.Finding;
import sinew.runtime.env.EnvTask;
import sinew.runtime.serve.PolicyClientConfig;
import sinew.runtime.sim.SimOptions;
import sinew.runtime.sim.SimTask;

/// `sinew doctor`: everything that can be checked of a policy, a server, an arm and its cameras before anything moves.
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Checks a policy or a server against an arm and its cameras, or a simulated one, before anything"
                + " moves: names, sizes, units, calibration, frame rates, what the policy sees, and how long it thinks.",
        footer = {
            "",
            "Nothing is written to the arm's servos. sinew run makes those of these checks that cost nothing.",
            "",
            "Examples:",
            "  sinew doctor --policy.path policy.gguf --robot.type so101 --robot.port /dev/ttyACM0 --robot.id black \\",
            "      --robot.cameras '{front: {index_or_path: 0}, wrist: {index_or_path: 2}}'",
            "  sinew doctor --server gpu-box:8000 --robot.type so101 ...",
            "  sinew doctor --policy.path policy.gguf --env.type sim --scheduler ddim --steps 10"
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:nothing is an error; there may be warnings", "1:something is an error", "2:wrong options"})
final class DoctorCommand implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int DEFAULT_PORT = 8000;
    private static final List<String> ENV_TYPES = List.of("fake", "sim");

    @Spec
    private CommandSpec spec;

    @Option(names = "--policy.path", paramLabel = "FILE|DIR",
            description = "The policy: weights file, or checkpoint directory (converted once and kept beside it).")
    private Path policyPath;

    @Mixin
    private WeightTypeFlag weightType;

    @Mixin
    private SamplingFlags sampling;

    @Option(names = "--server", paramLabel = "HOST[:PORT]",
            description = "A policy server, in place of --policy.path or beside it: a name or address, port 8000 when not"
                    + " given, or a whole ws:// address.")
    private String server;

    @Option(names = "--api-key", paramLabel = "KEY", description = "The key that the server wants, if any.")
    private String apiKey;

    @Mixin
    private RobotOptions robot;

    @Option(names = "--env.type", paramLabel = "TYPE",
            description = "Check against an environment instead of an arm: sim (a simulated SO-101) or fake. Default: the"
                    + " policy is checked by itself.")
    private String envType;

    @Option(names = "--env.task", paramLabel = "TASK", defaultValue = "lift",
            description = "lift, stack or sort (two arms): what moves, which cameras look. Default: ${DEFAULT-VALUE}.")
    private String task;

    @Option(names = "--env.fps", paramLabel = "HZ", defaultValue = "30",
            description = "Control steps per second that the run will have. Default: ${DEFAULT-VALUE}.")
    private double fps;

    @Option(names = "--pictures", paramLabel = "DIR", defaultValue = "outputs/doctor",
            description = "Gets each camera's picture, and what the policy sees of it, as PNG. Default: ${DEFAULT-VALUE}.")
    private Path pictures;

    @Mixin
    private DeviceFlag device;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of a prediction. Default: one per core.")
    private Integer threads;

    @Option(names = "--json", description = "Print the findings as JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        DoctorRun run = new DoctorRun(plan(), finding -> {
            if (!json) {
                tell(finding, out);
            }
        }, spec.commandLine().getErr());
        List<Finding> findings = run.examine();
        long errors = count(findings, Finding.Severity.ERROR);
        long warnings = count(findings, Finding.Severity.WARNING);
        if (json) {
            out.println(toJson(findings, errors, warnings).toPrettyString());
        } else {
            out.println(errors == 0
                    ? "Nothing speaks against it" + (warnings == 0 ? "." : ", with " + plural(warnings, "warning") + ".")
                    : plural(errors, "error") + " and " + plural(warnings, "warning") + ": mend the errors first.");
        }
        out.flush();
        return errors == 0 ? 0 : FAILED;
    }

    private DoctorRun.Plan plan() {
        if (policyPath == null && server == null) {
            throw wrong("give a policy (--policy.path), a server (--server), or both");
        }
        if (threads != null && threads < 1) {
            throw wrong("--threads wants a number from 1 on, got " + threads);
        }
        sampling.options(); // says what is wrong before anything is opened
        LoadOptions load = device.on(LoadOptions.defaults());
        load = threads == null ? load : load.withThreads(threads);
        try {
            return new DoctorRun.Plan(policyPath, weightType, sampling, serverConfig(), world(), fps, pictures,
                    load);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private PolicyClientConfig serverConfig() {
        if (server == null) {
            return null;
        }
        int colon = server.lastIndexOf(':');
        boolean port = !server.contains("://") && colon > 0 && server.indexOf(':') == colon
                && server.substring(colon + 1).matches("[0-9]{1,5}");
        PolicyClientConfig config = port
                ? PolicyClientConfig.of(server.substring(0, colon), Integer.parseInt(server.substring(colon + 1)))
                : PolicyClientConfig.of(server, DEFAULT_PORT);
        return config.withApiKey(apiKey);
    }

    /// Null for none.
    private World world() {
        EnvTask known = EnvTask.byId(task);
        if (known == null) {
            throw new IllegalArgumentException(Nearest.unknown("--env.task", task, EnvTask.ids()));
        }
        if (robot.meant(spec.commandLine().getParseResult())) {
            return robot.world(known, fps, 0);
        }
        if (envType == null) {
            return null;
        }
        return switch (envType) {
            case "sim" -> new World.Sim(known, SimOptions.of(SimTask.of(task), 0).withPacing());
            case "fake" -> new World.Fake(known, World.Fake.EPISODE_LENGTH, fps, 0);
            default -> throw new IllegalArgumentException(Nearest.unknown("--env.type", envType, ENV_TYPES));
        };
    }

    private static void tell(Finding finding, PrintWriter out) {
        String sign = switch (finding.severity()) {
            case OK -> "✓";
            case WARNING -> "!";
            case ERROR -> "✗";
        };
        out.printf(Locale.ROOT, "%s %-14s %s%n", sign, finding.topic(), finding.message());
        if (finding.advice() != null) {
            out.println("                 → " + finding.advice());
        }
        out.flush();
    }

    private static long count(List<Finding> findings, Finding.Severity severity) {
        return findings.stream().filter(finding -> finding.severity() == severity).count();
    }

    private static String plural(long n, String what) {
        return n + " " + what + (n == 1 ? "" : "s");
    }

    private static ObjectNode toJson(List<Finding> findings, long errors, long warnings) {
        ObjectNode node = new ObjectMapper().createObjectNode();
        node.put("errors", errors).put("warnings", warnings);
        ArrayNode list = node.putArray("findings");
        for (Finding finding : findings) {
            list.addObject().put("severity", finding.severity().name().toLowerCase(Locale.ROOT))
                    .put("topic", finding.topic()).put("message", finding.message()).put("advice", finding.advice());
        }
        return node;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
