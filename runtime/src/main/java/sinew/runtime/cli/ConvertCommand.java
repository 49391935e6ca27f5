package sinew.runtime.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sinew.convert.CheckpointException;
import sinew.convert.ConversionOptions;
import sinew.convert.ConversionReport;
import sinew.convert.Converter;
import sinew.convert.Review;
import sinew.kernels.WeightType;
import sinew.runtime.compare.DeviationException;
import sinew.runtime.compare.TypeReport;
import sinew.runtime.compare.TypeReview;

/// `sinew convert`: a checkpoint becomes one weights file.
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Converts a checkpoint of LeRobot or diffusion_policy to one weights file (GGUF) that sinew"
                + " runs.",
        footer = {
            "",
            "For bf16 and int8 it ends with a report: how far the actions deviate from those with f32 weights.",
            "An existing FILE is replaced, but only when the conversion has succeeded and --max-error is kept."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:converted", "1:the checkpoint cannot be converted; all reasons are listed", "2:wrong options",
            "3:the deviation exceeds --max-error; nothing was written"
        })
final class ConvertCommand implements Callable<Integer> {
    private static final int REFUSED = 3;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "DIR|FILE.ckpt",
            description = "The checkpoint: LeRobot's directory with config.json and model.safetensors, or"
                    + " diffusion_policy's file or the directory of its run, of which checkpoints/latest.ckpt is taken.")
    private Path checkpoint;

    @Option(names = {"-o", "--output"}, paramLabel = "FILE.gguf",
            description = "The weights file. Default: DIR/policy-TYPE.gguf, or FILE-TYPE.gguf beside FILE.ckpt.")
    private Path output;

    @Option(names = "--type", paramLabel = "f32|bf16|int8", defaultValue = "f32",
            description = "How convolution and linear weights are stored: f32 as they are; bf16 in half the memory,"
                    + " rounded to 8 bits; int8 in a quarter where most weights are, a UNet's convolutions of"
                    + " 262,144 weights and more, rounded to 255 steps per output, and the rest as bf16. Default: ${DEFAULT-VALUE}.")
    private WeightType type;

    @Mixin
    private ReportFlags reportFlags;

    @Option(names = "--allow-unnormalized",
            description = "Convert although statistics are missing for a feature that should be normalised.")
    private boolean allowUnnormalized;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        Path file = output != null ? output : defaultOutput();
        TypeReview review = reportFlags.review(type);
        try {
            ConversionReport report = convert(file, review, err);
            TypeReport types = review == null ? null : review.report();
            if (json) {
                out.println(toJson(report, types).toPrettyString());
            } else {
                print(report, types, out);
            }
        } catch (CheckpointException e) {
            if (json) {
                ObjectNode failure = new ObjectMapper().createObjectNode();
                e.problems().forEach(failure.putArray("problems")::add);
                out.println(failure.toPrettyString());
            }
            throw e;
        } catch (DeviationException e) {
            refuse(e, out, err);
            return REFUSED;
        } finally {
            out.flush();
        }
        return 0;
    }

    private Path defaultOutput() {
        String ending = "-" + type.name().toLowerCase(Locale.ROOT) + ".gguf";
        if (Files.isRegularFile(checkpoint)) {
            String name = checkpoint.getFileName().toString();
            return checkpoint.resolveSibling(name.replaceFirst("\\.ckpt$", "") + ending);
        }
        return checkpoint.resolve("policy" + ending);
    }

    private ConversionReport convert(Path file, TypeReview review, PrintWriter err) throws IOException {
        ConversionOptions options = new ConversionOptions(type, allowUnnormalized);
        try (ConversionProgress progress = new ConversionProgress(err)) {
            return Converter.convert(checkpoint, file, options,
                    review == null ? Review.NONE : review.withProgress(progress), progress);
        }
    }

    private void refuse(DeviationException e, PrintWriter out, PrintWriter err) {
        if (json) {
            ObjectNode failure = new ObjectMapper().createObjectNode();
            failure.putArray("problems").add(e.getMessage());
            TypeReportJson.write(e.report(), failure.putObject("report"));
            out.println(failure.toPrettyString());
        } else {
            new TypeReportText(e.report(), out).print();
        }
        out.flush();
        err.println("sinew convert: " + e.getMessage());
        err.flush();
    }

    private void print(ConversionReport report, TypeReport types, PrintWriter out) {
        out.printf(Locale.ROOT, "%s: %s, %,d parameters, %s%n", report.file(), report.spec().type(),
                report.parameters(),
                Sizes.bytes(report.bytes()));
        for (String note : report.notes()) {
            out.println("note: " + note);
        }
        if (types != null) {
            new TypeReportText(types, out).print();
        } else if (type == WeightType.F32) {
            out.println("report: f32 keeps the weights as the checkpoint has them; there is nothing to compare");
        }
        out.println("next: sinew inspect " + report.file() + "   or   sinew serve --policy.path " + report.file());
    }

    private ObjectNode toJson(ConversionReport report, TypeReport types) {
        ObjectNode node = new ObjectMapper().createObjectNode();
        node.put("file", report.file().toString());
        node.put("policy", report.spec().type());
        node.put("type", type.name().toLowerCase(Locale.ROOT));
        node.put("tensors", report.tensors());
        node.put("parameters", report.parameters());
        node.put("bytes", report.bytes());
        report.notes().forEach(node.putArray("notes")::add);
        if (types != null) {
            TypeReportJson.write(types, node.putObject("report"));
        }
        return node;
    }
}
