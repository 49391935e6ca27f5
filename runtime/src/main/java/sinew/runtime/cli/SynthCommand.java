package sinew.runtime.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sinew.convert.SyntheticCheckpoint;
import sinew.convert.SyntheticPreset;
import sinew.convert.safetensors.Dtype;

/// `sinew synth`: a checkpoint with random weights, for demos, tests and benchmarks.
@Command(
        name = "synth",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Writes a LeRobot checkpoint with random weights, for demos, tests and benchmarks."
                + " It has learned nothing: never let it move an arm.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:written", "1:an error, told on standard error", "2:wrong options"})
final class SynthCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--config", paramLabel = "NAME|FILE", required = true,
            description = "demo, demo-stack, demo-sort, default-h16, default-h64, tiny, encoder-84x84 (and -224x224,"
                    + " -432x576, -480x640, each also with -bn), or a config.json.")
    private String config;

    @Option(names = {"-o", "--output"}, paramLabel = "DIR", required = true,
            description = "The checkpoint's directory; must be absent or empty.")
    private Path output;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0",
            description = "Equal seeds give equal bytes. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--dtype", paramLabel = "f32|bf16|f16", defaultValue = "f32",
            description = "How weights are stored. Default: ${DEFAULT-VALUE}.")
    private String dtype;

    @Override
    public Integer call() throws IOException {
        Dtype type = switch (dtype.toLowerCase(Locale.ROOT)) {
            case "f32" -> Dtype.F32;
            case "bf16" -> Dtype.BF16;
            case "f16" -> Dtype.F16;
            default -> throw new ParameterException(spec.commandLine(),
                    "Invalid value for option '--dtype': expected one of f32, bf16, f16 but was '" + dtype + "'");
        };
        PrintWriter out = spec.commandLine().getOut();
        Consumer<String> progress = progress(spec.commandLine().getErr());
        SyntheticPreset preset = SyntheticPreset.of(config);
        if (preset != null) {
            SyntheticCheckpoint.write(preset, output, seed, type, progress);
        } else if (Files.isRegularFile(Path.of(config))) {
            SyntheticCheckpoint.write(Path.of(config), output, seed, type, progress);
        } else {
            throw new ParameterException(spec.commandLine(),
                    Nearest.unknown("config", config, SyntheticPreset.keys()) + ", or the path of a config.json");
        }
        out.println(output + ": random weights from seed " + seed + ", "
                + Sizes.bytes(Files.size(output.resolve("model.safetensors"))));
        out.println("next: sinew convert " + output);
        out.flush();
        return 0;
    }

    /// On a terminal the tensor that is being written, on one line.
    private static Consumer<String> progress(PrintWriter err) {
        if (!ConversionProgress.isTerminal()) {
            return tensor -> {};
        }
        return tensor -> {
            err.printf("\r\033[Kwriting %s\r", tensor);
            err.flush();
        };
    }
}
