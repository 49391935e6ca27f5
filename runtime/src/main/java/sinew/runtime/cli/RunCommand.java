package sinew.runtime.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sinew.runtime.dataset.LeRobotDataset;
import sinew.runtime.env.EnvTask;
import sinew.runtime.record.EpisodeRecorder;
import sinew.runtime.serve.PolicyClientConfig;
import sinew.runtime.sim.SimOptions;
import sinew.runtime.sim.SimTask;

/// `sinew run`: drives an environment with the policy behind a server, records it and shows it in the browser.
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Drives an environment with a served policy; records every episode and shows it in the browser.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:all episodes ran", "1:an error, told on standard error", "2:wrong options", "130:ended with Ctrl-C"
        })
final class RunCommand implements Callable<Integer> {
    private static final List<String> ENV_TYPES = List.of("fake", "sim", "replay");

    @Spec
    private CommandSpec spec;

    @Mixin
    private RobotOptions robot;

    @Mixin
    private OverlapOptions overlap;

    @Option(names = "--env.type", paramLabel = "TYPE", defaultValue = "fake",
            description = "The environment: fake (random observations), sim (a simulated SO-101) or replay (a LeRobot data"
                    + " set). Default: ${DEFAULT-VALUE}.")
    private String envType;

    @Option(names = "--env.task", paramLabel = "TASK", defaultValue = "lift",
            description = "lift, stack or sort (two arms): what moves, which cameras look. Default: ${DEFAULT-VALUE}.")
    private String task;

    @Option(names = "--env.dataset-path", paramLabel = "DIR",
            description = "The data set to replay; makes --env.type replay.")
    private Path datasetPath;

    @Option(names = "--env.episode-index", paramLabel = "N",
            description = "Replay this episode only. Default: all in turn.")
    private Integer episodeIndex;

    @Option(names = "--env.episode-length", paramLabel = "STEPS",
            description = "Steps of an episode. Default: 100 when fake, the task's own when simulated, until Stop with a"
                    + " real arm.")
    private Integer episodeLength;

    @Option(names = "--env.variation",
            description = "Simulated light, colours, camera pose and noise change from episode to episode.")
    private boolean variation;

    @Option(names = "--env.fps", paramLabel = "HZ", defaultValue = "30",
            description = "Control steps per second; 0: as fast as it goes. Default: ${DEFAULT-VALUE}.")
    private double fps;

    @Option(names = "--env.seed", paramLabel = "N",
            description = "Equal seeds give equal observations. Default: another one every time.")
    private Long seed;

    @Option(names = "--env.num-episodes", paramLabel = "N",
            description = "Episodes that the environment has at most; --num-episodes counts too.")
    private Integer envEpisodes;

    @Option(names = "--num-episodes", paramLabel = "N", defaultValue = "10",
            description = "Episodes to run. Default: ${DEFAULT-VALUE}.")
    private int episodes;

    @Option(names = "--wait-for-reset", negatable = true,
            description = "Every episode waits for the operator's Reset in the monitor. Default: with a real arm.")
    private Boolean waitForReset;

    @Option(names = "--host", paramLabel = "HOST", defaultValue = "0.0.0.0",
            description = "The policy server: a name, an address or a whole ws:// address. Default: ${DEFAULT-VALUE}.")
    private String host;

    @Option(names = "--port", paramLabel = "PORT", defaultValue = "8000",
            description = "The policy server's port. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(names = "--api-key", paramLabel = "KEY", description = "The key that the server wants, if any.")
    private String apiKey;

    @Option(names = "--server-timeout", paramLabel = "SECONDS", defaultValue = "300",
            description = "Gives up when no server answers for so long; 0: never. Default: ${DEFAULT-VALUE}.")
    private int serverTimeout;

    @Option(names = "--monitor-host", paramLabel = "HOST", defaultValue = "0.0.0.0",
            description = "Where the monitor listens. Default: ${DEFAULT-VALUE}.")
    private String monitorHost;

    @Option(names = "--monitor-port", paramLabel = "PORT", defaultValue = "9000",
            description = "The monitor's port; 0: any free one. Default: ${DEFAULT-VALUE}.")
    private int monitorPort;

    @Option(names = "--no-monitor", description = "Runs without the monitor.")
    private boolean noMonitor;

    @Option(names = "--eval.output-dir", paramLabel = "DIR", defaultValue = "outputs/eval_records",
            description = "Every run gets a folder of its own in it. Default: ${DEFAULT-VALUE}.")
    private Path outputDir;

    @Option(names = "--eval.fps", paramLabel = "N", defaultValue = "30",
            description = "Pictures per second of the videos. Default: ${DEFAULT-VALUE}.")
    private int videoFps;

    @Option(names = "--eval.camera-key", paramLabel = "CAMERA", defaultValue = "front",
            description = "The camera of the videos. Default: ${DEFAULT-VALUE}.")
    private String cameraKey;

    @Option(names = "--eval.success-info-key", paramLabel = "KEY", defaultValue = "success",
            description = "Where the verdict stands in what a step tells. Default: ${DEFAULT-VALUE}.")
    private String successKey;

    @Option(names = "--eval.file-prefix", paramLabel = "NAME", defaultValue = "episode",
            description = "Beginning of the records' file names. Default: ${DEFAULT-VALUE}.")
    private String filePrefix;

    @Option(names = "--skip-checks",
            description = "Runs although the checks at the start say that policy and robot do not fit; sinew doctor says"
                    + " more about them.")
    private boolean skipChecks;

    @Override
    public Integer call() throws IOException {
        PolicyClientConfig server;
        RunConfig config;
        try {
            server = PolicyClientConfig.of(host, port).withApiKey(apiKey);
            config = config(server.displayAddress(), world());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        return new EvalRun(config, new WebSocketConnector(server), Utf8Console.out(), Utf8Console.err())
                .skipChecks(skipChecks)
                .run();
    }

    private RunConfig config(String serverUri, World world) {
        boolean wait = waitForReset == null ? world instanceof World.Robot : waitForReset;
        if (wait && noMonitor) {
            throw new IllegalArgumentException(waitForReset == null
                    ? "a real arm waits for Reset in the monitor before it moves: leave out --no-monitor, or add"
                            + " --no-wait-for-reset"
                    : "--wait-for-reset needs the monitor: nobody could press Reset without it");
        }
        if (envEpisodes != null && envEpisodes < 1) {
            throw new IllegalArgumentException("--env.num-episodes must be 1 or more, got " + envEpisodes);
        }
        if (serverTimeout < 0) {
            throw new IllegalArgumentException("--server-timeout must be 0 (for ever) or more, got " + serverTimeout);
        }
        return new RunConfig(
                world,
                envEpisodes == null ? episodes : Math.min(episodes, envEpisodes),
                wait,
                serverUri,
                Duration.ofSeconds(serverTimeout),
                noMonitor ? null : new RunConfig.MonitorAddress(monitorHost, monitorPort),
                new EpisodeRecorder.Options(outputDir, videoFps, cameraKey, successKey, filePrefix),
                overlap.overlap());
    }

    private World world() throws IOException {
        if (robot.meant(spec.commandLine().getParseResult())) {
            return robot();
        }
        String type = datasetPath != null ? "replay" : envType;
        if (!ENV_TYPES.contains(type)) {
            throw new IllegalArgumentException(Nearest.unknown("--env.type", type, ENV_TYPES));
        }
        if (type.equals("replay")) {
            return replay();
        }
        EnvTask known = knownTask();
        long firstSeed = seed == null ? ThreadLocalRandom.current().nextLong() : seed;
        if (type.equals("sim")) {
            return new World.Sim(known, simOptions(firstSeed));
        }
        return new World.Fake(known, episodeLength == null ? World.Fake.EPISODE_LENGTH : episodeLength, fps, firstSeed);
    }

    private World robot() {
        if (episodeLength != null && episodeLength < 1) {
            throw new IllegalArgumentException("--env.episode-length must be 1 or more, got " + episodeLength);
        }
        if (episodeLength == null && noMonitor) {
            throw new IllegalArgumentException("without the monitor nobody can stop an episode: leave out --no-monitor,"
                    + " or add --env.episode-length");
        }
        return robot.world(knownTask(), fps, episodeLength == null ? 0 : episodeLength);
    }

    private EnvTask knownTask() {
        EnvTask known = EnvTask.byId(task);
        if (known == null) {
            throw new IllegalArgumentException(Nearest.unknown("--env.task", task, EnvTask.ids()));
        }
        requireCamera(known.cameras());
        return known;
    }

    private SimOptions simOptions(long firstSeed) {
        if (fps != 0 && fps != SimTask.CONTROL_HZ) {
            throw new IllegalArgumentException("the simulation runs at 30 control steps per second: --env.fps is 30, or 0"
                    + " for as fast as it goes, not " + fps);
        }
        SimOptions options = SimOptions.of(SimTask.of(task), firstSeed);
        if (episodeLength != null) {
            options = options.withMaxSteps(episodeLength);
        }
        options = variation ? options.withVariation() : options;
        return fps == 0 ? options : options.withPacing();
    }

    private World replay() throws IOException {
        if (datasetPath == null) {
            throw new IllegalArgumentException("--env.type replay needs --env.dataset-path");
        }
        LeRobotDataset dataset = LeRobotDataset.open(datasetPath);
        requireCamera(dataset.cameras());
        int only = episodeIndex == null ? -1 : episodeIndex;
        if (only < -1 || only >= dataset.episodes().size()) {
            throw new IllegalArgumentException("--env.episode-index must be between 0 and "
                    + (dataset.episodes().size() - 1) + ", got " + only);
        }
        return new World.Replay(dataset, only, fps != 0);
    }

    private void requireCamera(List<String> cameras) {
        if (!cameras.contains(cameraKey)) {
            throw new IllegalArgumentException(Nearest.unknown("--eval.camera-key", cameraKey, cameras));
        }
    }
}
