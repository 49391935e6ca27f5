package sinew.runtime.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sinew.convert.Inspection;

/// `sinew inspect`: what a weights file or a checkpoint holds.
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Shows what a weights file or a checkpoint holds: the policy, its cameras and joints, its parts"
                + " and their sizes, how features are normalised, where it came from.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:shown", "1:it cannot be read, or the checkpoint cannot be converted", "2:wrong options"})
final class InspectCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE|DIR", description = "A .gguf file, or a checkpoint: a directory or a .ckpt file.")
    private Path path;

    @Option(names = "--tensors", description = "List every tensor, too.")
    private boolean tensors;

    @Option(names = "--json", description = "Print everything, tensors included, as JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Inspection inspection = Inspection.of(path);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(InspectionJson.of(inspection).toPrettyString());
        } else {
            new InspectionText(inspection, out).print(tensors);
        }
        out.flush();
        return inspection.problems().isEmpty() ? 0 : CommandFailures.FAILED;
    }
}
