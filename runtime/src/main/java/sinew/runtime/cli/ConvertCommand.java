package sinew.runtime.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sinew.convert.CheckpointException;
import sinew.convert.ConversionOptions;
import sinew.convert.ConversionReport;
import sinew.convert.Converter;
import sinew.kernels.WeightType;

/// `sinew convert`: a checkpoint that LeRobot saved becomes one weights file.
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Converts a LeRobot checkpoint to one weights file (GGUF) that sinew runs.",
        footer = {"", "An existing FILE is replaced, but only when the conversion has succeeded."},
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:converted", "1:the checkpoint cannot be converted; all reasons are listed", "2:wrong options"
        })
final class ConvertCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "DIR",
            description = "The checkpoint: the directory with config.json and model.safetensors.")
    private Path checkpoint;

    @Option(names = {"-o", "--output"}, paramLabel = "FILE.gguf",
            description = "The weights file. Default: DIR/policy-TYPE.gguf.")
    private Path output;

    @Option(names = "--type", paramLabel = "f32|bf16", defaultValue = "f32",
            description = "How convolution and linear weights are stored; bf16 halves the file and its memory"
                    + " and rounds weights to 8 bits. Default: ${DEFAULT-VALUE}.")
    private WeightType type;

    @Option(names = "--allow-unnormalized",
            description = "Convert although statistics are missing for a feature that should be normalised.")
    private boolean allowUnnormalized;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        Path file = output != null ? output
                : checkpoint.resolve("policy-" + type.name().toLowerCase(Locale.ROOT) + ".gguf");
        try {
            ConversionReport report = convert(file, err);
            if (json) {
                out.println(toJson(report));
            } else {
                print(report, out);
            }
        } catch (CheckpointException e) {
            if (json) {
                ObjectNode failure = new ObjectMapper().createObjectNode();
                e.problems().forEach(failure.putArray("problems")::add);
                out.println(failure.toPrettyString());
            }
            throw e;
        } finally {
            out.flush();
        }
        return 0;
    }

    private ConversionReport convert(Path file, PrintWriter err) throws IOException {
        try (ConversionProgress progress = new ConversionProgress(err)) {
            return Converter.convert(checkpoint, file, new ConversionOptions(type, allowUnnormalized), progress);
        }
    }

    private void print(ConversionReport report, PrintWriter out) {
        out.printf(Locale.ROOT, "%s: %s, %,d parameters, %s%n", report.file(), report.spec().type(),
                report.parameters(),
                Sizes.bytes(report.bytes()));
        for (String note : report.notes()) {
            out.println("note: " + note);
        }
        out.println("next: sinew inspect " + report.file() + "   or   sinew serve --policy.path " + report.file());
    }

    private String toJson(ConversionReport report) {
        ObjectNode node = new ObjectMapper().createObjectNode();
        node.put("file", report.file().toString());
        node.put("policy", report.spec().type());
        node.put("type", type.name().toLowerCase(Locale.ROOT));
        node.put("tensors", report.tensors());
        node.put("parameters", report.parameters());
        node.put("bytes", report.bytes());
        report.notes().forEach(node.putArray("notes")::add);
        return node.toPrettyString();
    }
}
