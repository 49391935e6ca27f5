package sinew.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sinew.kernels.Kernels;
import sinew.kernels.WeightType;

/// `sinew bench`: how long the stages of a prediction take on this machine.
@Command(
        name = "sinew bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Measures the stages of a prediction on this machine: medians in milliseconds.",
        footer = {"", "Without --policy.path the models are synthetic: the networks' sizes are real, their weights random."})
public final class Bench implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--policy.path", paramLabel = "FILE.gguf", description = "Measure this weights file. Repeatable.")
    private List<Path> files = new ArrayList<>();

    @Option(names = "--config", paramLabel = "NAME", split = ",",
            description = "Measure synthetic models: demo, default-h16, default-h64, ... Default: demo,default-h16.")
    private List<String> configs = new ArrayList<>();

    @Option(names = "--type", paramLabel = "f32|bf16", split = ",", defaultValue = "f32,bf16",
            description = "Weight types of the synthetic models. Default: ${DEFAULT-VALUE}.")
    private List<WeightType> types;

    @Option(names = "--threads", paramLabel = "N", description = "Threads. Default: one per core.")
    private Integer threads;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "20", description = "Runs of each stage. Default: ${DEFAULT-VALUE}.")
    private int runs;

    @Option(names = "--profile", description = "Show every kernel call, not the stages alone.")
    private boolean profile;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures as JSON too.")
    private Path json;

    public static void main(String[] args) {
        System.exit(new CommandLine(new Bench())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    command.getErr().println("sinew bench: " + (e.getMessage() == null ? e : e.getMessage()));
                    return 1;
                })
                .execute(args));
    }

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        int team = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        if (team < 1 || runs < 1) {
            throw new ParameterException(spec.commandLine(), "--threads and --runs want numbers from 1 on");
        }
        out.printf("%s kernels, %d threads, %s, JDK %s%n%n", Kernels.best().name(), team,
                System.getProperty("os.arch"), Runtime.version());
        out.println(StageTimes.HEADING);
        List<StageTimes> all = new ArrayList<>();
        for (Path file : models(out)) {
            StageTimes times = StageTimes.measure(file, team, runs);
            all.add(times);
            out.println(times.line());
            if (profile) {
                times.profile().forEach(out::println);
            }
            out.flush();
        }
        if (json != null) {
            Files.writeString(json, new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(
                    all.stream().map(StageTimes::asMap).toList()) + "\n");
        }
        return 0;
    }

    private List<Path> models(PrintWriter out) throws IOException {
        List<Path> models = new ArrayList<>(files);
        List<String> wanted = !configs.isEmpty() || !files.isEmpty() ? configs : List.of("demo", "default-h16");
        for (String config : wanted) {
            for (WeightType type : types) {
                try {
                    models.add(SyntheticModels.weights(config.toLowerCase(Locale.ROOT), type, out));
                } catch (IllegalArgumentException e) {
                    throw new ParameterException(spec.commandLine(), e.getMessage(), e);
                }
            }
        }
        return models;
    }
}
