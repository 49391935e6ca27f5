package sinew.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sinew.bench.machine.Limits;
import sinew.bench.machine.LimitsMeter;
import sinew.bench.machine.Machine;
import sinew.bench.peers.Peers;
import sinew.convert.ConvertedCache;
import sinew.kernels.Kernels;
import sinew.kernels.WeightType;
import sinew.kernels.Workers;

/// `sinew bench`: how fast everything runs here, beside how fast it could.
@Command(
        name = "sinew bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Measures what this machine can do, then how close networks, predictions and the server come.",
        footer = {
            "",
            "Without options it measures what matters in about two minutes. Models are synthetic: real sizes, random"
                    + " weights, made once in the user's cache. docs/performance.md says what the columns mean."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:measured", "1:an error, or a peer's output that differs from ours", "2:wrong options",
            "3:--against found figures that are more than 10%% worse"
        })
public final class Bench implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int REGRESSED = 3;
    private static final int LIMIT_MILLIS = 1000;

    private final PeerSource found;

    @Spec
    private CommandSpec spec;

    @Option(names = "--case", paramLabel = "unet|encoder|predict|serve", split = ",",
            description = "Measure these only. Default: all.")
    private List<Topic> topics = new ArrayList<>();

    @Option(names = "--config", paramLabel = "NAME", split = ",",
            description = "Measure these models only: default-h16, default-h64, demo, encoder-224x224, ...;"
                    + " a wrong name lists all.")
    private List<String> configs = new ArrayList<>();

    @Option(names = "--type", paramLabel = "TYPE", split = ",",
            description = "Weight types: ${COMPLETION-CANDIDATES}. Default: those that matter for each case.")
    private List<WeightType> types = new ArrayList<>();

    @Option(names = "--batch", paramLabel = "N", split = ",",
            description = "Samples in one step of the UNet. Default: 1 and, for default-h16, 8.")
    private List<Integer> batches = new ArrayList<>();

    @Option(names = "--policy.path", paramLabel = "FILE.gguf",
            description = "Measure predictions of this weights file. Repeatable.")
    private List<Path> files = new ArrayList<>();

    @Option(names = "--full", description = "All models, types and batches: many minutes.")
    private boolean full;

    @Option(names = "--threads", paramLabel = "N", description = "Threads. Default: one per core.")
    private Integer threads;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "20",
            description = "Timed runs of each figure. Default: ${DEFAULT-VALUE}.")
    private int runs;

    @Option(names = "--peers",
            description = "Run the same networks in ONNX Runtime and libtorch, in turn with ours, and compare outputs.")
    private boolean peers;

    @Option(names = "--profile", description = "Show every kernel call.")
    private boolean profile;

    @Option(names = "--json", paramLabel = "FILE", description = "Write all figures as JSON too.")
    private Path json;

    @Option(names = "--against", paramLabel = "FILE",
            description = "Compare with the JSON of an earlier run, such as this machine's in bench/baselines.")
    private Path against;

    /// @param found where peers come from with --peers
    Bench(PeerSource found) {
        this.found = found;
    }

    public static void main(String[] args) {
        Path cache = ConvertedCache.userFolder().resolve("bench").resolve("peers");
        System.exit(commandLine((network, team, skipped) -> Peers.open(network, team, cache, skipped)).execute(args));
    }

    static CommandLine commandLine(PeerSource found) {
        return new CommandLine(new Bench(found))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    command.getErr().println("sinew bench: " + (e.getMessage() == null ? e : e.getMessage()));
                    return FAILED;
                });
    }

    @Override
    public Integer call() throws IOException {
        int team = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        if (team < 1 || runs < 1 || batches.stream().anyMatch(batch -> batch < 1)) {
            throw wrong("--threads, --runs and --batch want numbers from 1 on");
        }
        List<Job> jobs = jobs();
        Results.Earlier earlier = against == null ? null : Results.read(against); // before minutes are spent
        Machine machine = Machine.here();
        String date = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%s, %d cores, %s %s, JDK %s%n%s kernels, %d threads, %s%nname of a baseline: %s.json%n%n",
                machine.cpu(), machine.cores(), machine.os(), machine.arch(), machine.jdk(), Kernels.best().name(),
                team, date, machine.slug());
        List<Limits> limits = limits(out, team);
        Report report = new Report(out, spec.commandLine().getErr(), limits.getLast());
        try (Workers workers = Workers.of(team)) {
            run(jobs, new Setup(workers, limits.getLast(), runs, profile, peers ? found : PeerSource.NOBODY,
                    SyntheticModels.ofUser(report::progress), report));
        }
        if (json != null) {
            Results.write(json, machine, date, Kernels.best().name(), limits, limits.getLast(), report);
        }
        return verdict(report, earlier, machine, team);
    }

    private List<Job> jobs() {
        try {
            List<Job> jobs = new Selection(topics, configs, types, batches, files, full).jobs();
            if (jobs.isEmpty()) {
                throw wrong("nothing to measure: no --config of these belongs to --case");
            }
            return jobs;
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
    }

    /// By thread count, the last for the whole team.
    private static List<Limits> limits(PrintWriter out, int team) {
        out.println("Limits, medians:");
        List<Limits> limits = new ArrayList<>();
        try (LimitsMeter meter = new LimitsMeter(kernelBits(), LIMIT_MILLIS)) {
            for (int count : LimitsMeter.threadCounts(team)) {
                try (Workers workers = Workers.of(count)) {
                    limits.add(meter.measure(workers));
                }
                out.println(Text.limits(limits.getLast()));
                out.flush();
            }
        }
        return limits;
    }

    /// From names like `simd-256`; other kernels have no vectors of their own.
    private static int kernelBits() {
        String name = Kernels.best().name();
        return name.startsWith("simd-") ? Integer.parseInt(name.substring("simd-".length())) : 128;
    }

    private void run(List<Job> jobs, Setup setup) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%n%s%n", Text.heading());
        for (int i = 0; i < jobs.size(); i++) {
            Job job = jobs.get(i);
            setup.report().progress("[" + (i + 1) + "/" + jobs.size() + "] " + job.title());
            try {
                run(job, setup);
            } catch (IOException | RuntimeException e) {
                setup.report().failed(job.title(), e); // the other figures are worth having
            }
        }
    }

    private static void run(Job job, Setup setup) throws IOException {
        switch (job) {
            case Job.Unet unet -> new NetworkBench(setup).unet(unet);
            case Job.Encoder encoder -> new NetworkBench(setup).encoder(encoder);
            case Job.Predict predict -> new PredictBench(setup).synthetic(predict);
            case Job.PredictFile file -> new PredictBench(setup).file(file);
            case Job.Serve serve -> {
                String home = System.getProperty("sinew.home");
                new ServeBench(setup, home == null ? null : Path.of(home)).measure(serve);
            }
        }
    }

    private int verdict(Report report, Results.Earlier earlier, Machine machine, int team) {
        int code = report.failures().isEmpty() ? 0 : FAILED;
        if (earlier != null) {
            Comparison comparison =
                    Comparison.of(earlier, machine, Kernels.best().name(), team, report.figures());
            spec.commandLine().getOut().println();
            comparison.lines().forEach(spec.commandLine().getOut()::println);
            code = code == 0 && comparison.regressions() > 0 ? REGRESSED : code;
        }
        spec.commandLine().getOut().flush();
        report.failures().forEach(failure -> spec.commandLine().getErr().println("sinew bench: " + failure));
        spec.commandLine().getErr().flush();
        return code;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
