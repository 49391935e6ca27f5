package sinew.runtime.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The command line: `sinew convert | inspect | predict | serve | run | demo | bench`.
@Command(
        name = "sinew",
        description = "Diffusion policies for robot arms in pure Java.",
        mixinStandardHelpOptions = true,
        version = "sinew 0.1.0",
        subcommands = {
            ConvertCommand.class,
            InspectCommand.class,
            PredictCommand.class,
            ServeCommand.class,
            RunCommand.class,
            SynthCommand.class,
        })
public final class Main implements Runnable {
    public static void main(String[] args) {
        Libraries.settle();
        // The console's encoding may be anything; its users' terminals read UTF-8.
        System.exit(commandLine()
                .setOut(new PrintWriter(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8))
                .execute(args));
    }

    /// The parser with our manners: enum values in either case, and no stack trace for a user's mistake.
    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(new CommandFailures());
    }

    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }
}
