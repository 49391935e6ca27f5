package sinew.runtime.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
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
import sinew.runtime.env.EnvTask;
import sinew.runtime.record.EpisodeRecorder;
import sinew.runtime.serve.PolicyClientConfig;
import sinew.runtime.serve.PolicyMetadata;
import sinew.runtime.serve.PolicyServer;
import sinew.runtime.serve.PolicyServerConfig;
import sinew.runtime.serve.ServerEvents;
import sinew.runtime.sim.SimOptions;
import sinew.runtime.sim.SimTask;

/// `sinew demo`: server, client and monitor in one process, with the bundled policy and no hardware.
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Serves the bundled policy, lets it act in the simulation and shows that in the browser.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:all episodes ran", "1:an error, told on standard error", "2:wrong options", "130:ended with Ctrl-C"
        })
final class DemoCommand implements Callable<Integer> {
    private static final String LOOPBACK = "127.0.0.1";

    @Spec
    private CommandSpec spec;

    @Option(names = "--policy.path", paramLabel = "FILE|DIR",
            description = "Another policy than the bundled one: weights file, or checkpoint (directory or .ckpt).")
    private Path policyPath;

    @Mixin
    private WeightTypeFlag weightType;

    @Mixin
    private DeviceFlag device;

    @Mixin
    private SamplingFlags sampling;

    @Option(names = "--env.type", paramLabel = "TYPE", defaultValue = "sim",
            description = "The environment: sim (a simulated SO-101) or fake (random observations). Default: ${DEFAULT-VALUE}.")
    private String envType;

    @Option(names = "--env.task", paramLabel = "TASK", defaultValue = "lift",
            description = "lift, stack or sort. Default: ${DEFAULT-VALUE}.")
    private String task;

    @Option(names = "--env.episode-length", paramLabel = "STEPS", defaultValue = "100",
            description = "Steps of an episode at most. Default: ${DEFAULT-VALUE}.")
    private int episodeLength;

    @Option(names = "--env.fps", paramLabel = "HZ", defaultValue = "30",
            description = "Control steps per second; 0: as fast as it goes. Default: ${DEFAULT-VALUE}.")
    private double fps;

    @Option(names = "--num-episodes", paramLabel = "N", defaultValue = "2",
            description = "Episodes to run. Default: ${DEFAULT-VALUE}.")
    private int episodes;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0",
            description = "Of the environment and of the policy's noise. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--port", paramLabel = "PORT", defaultValue = "8000",
            description = "The policy server's port; another one is taken when it is in use. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(names = "--monitor-host", paramLabel = "HOST", defaultValue = LOOPBACK,
            description = "Where the monitor listens. Default: ${DEFAULT-VALUE}.")
    private String monitorHost;

    @Option(names = "--monitor-port", paramLabel = "PORT", defaultValue = "9000",
            description = "The monitor's port; another one is taken when it is in use. Default: ${DEFAULT-VALUE}.")
    private int monitorPort;

    @Option(names = "--eval.output-dir", paramLabel = "DIR", defaultValue = "outputs/eval_records",
            description = "Every run gets a folder of its own in it. Default: ${DEFAULT-VALUE}.")
    private Path outputDir;

    @Override
    public Integer call() throws IOException {
        EnvTask known = EnvTask.byId(task);
        if (known == null) {
            throw new ParameterException(spec.commandLine(), Nearest.unknown("--env.task", task, EnvTask.ids()));
        }
        sampling.options(); // says what is wrong before a policy is made or loaded
        PrintStream out = Utf8Console.out();
        PrintStream err = Utf8Console.err();
        Path chosen = policyPath != null ? policyPath : BundledPolicy.weights(known, new PrintWriter(out, true));
        Path weights = weightType.weights(chosen, (phase, tensor, done, total) -> {});
        int freePort = free(LOOPBACK, port, "port", out);
        PolicyServerConfig server = PolicyServerConfig.of(LOOPBACK, freePort);
        RunConfig run = runConfig(known, free(monitorHost, monitorPort, "monitor port", out), freePort);
        LoadOptions load = device.on(LoadOptions.defaults()).withProgress(line -> out.println("  " + line));
        out.println("Serving " + weights.getFileName() + " on ws://" + LOOPBACK + ":" + freePort);
        try (Policy policy = Policies.load(weights, load);
                PolicyServer served = new PolicyServer(server, policy, k -> new TorchRandom(seed + k),
                        sampling.checkedFor(policy),
                        PolicyMetadata.of(policy, known.id(), weights.toString(), policy.device(), policy.spec().nActionSteps()),
                        new Quiet(err))) {
            served.start();
            return new EvalRun(run, new WebSocketConnector(PolicyClientConfig.of(LOOPBACK, freePort)), out, err).run();
        }
    }

    private RunConfig runConfig(EnvTask known, int freeMonitorPort, int serverPort) {
        try {
            return new RunConfig(
                    world(known),
                    episodes,
                    false,
                    "ws://" + LOOPBACK + ":" + serverPort,
                    Duration.ofSeconds(30),
                    new RunConfig.MonitorAddress(monitorHost, freeMonitorPort),
                    new EpisodeRecorder.Options(outputDir, 30, "front", "success", "episode"));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private World world(EnvTask known) {
        return switch (envType) {
            case "fake" -> new World.Fake(known, episodeLength, fps, seed);
            case "sim" -> {
                SimOptions options = SimOptions.of(SimTask.of(known.id()), seed).withMaxSteps(episodeLength);
                yield new World.Sim(known, fps == 0 ? options : options.withPacing());
            }
            default -> throw new IllegalArgumentException(
                    Nearest.unknown("--env.type", envType, List.of("sim", "fake")));
        };
    }

    /// A demo should not fail because something else runs: it says so and goes elsewhere.
    private static int free(String host, int wanted, String what, PrintStream out) throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(host, wanted));
            return probe.getLocalPort();
        } catch (BindException e) {
            try (ServerSocket any = new ServerSocket()) {
                any.bind(new InetSocketAddress(host, 0));
                out.println("! The " + what + " " + wanted + " is in use; taking " + any.getLocalPort() + " instead.");
                return any.getLocalPort();
            }
        }
    }

    /// The client's console tells the story; of the server only failures are news.
    private record Quiet(PrintStream err) implements ServerEvents {
        @Override
        public void opened(long connection, String peer) {}

        @Override
        public void closed(long connection, String why) {}

        @Override
        public void failed(long connection, String message, Throwable bug) {
            err.println("server: " + message);
        }
    }
}
