package sinew.runtime.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The command line: `sinew convert | inspect | compare | predict | serve | doctor | run | record | eval | demo | arm | bench`.
@Command(
        name = "sinew",
        description = "Diffusion policies for robot arms in pure Java.",
        mixinStandardHelpOptions = true,
        version = "sinew " + Main.VERSION,
        footer = {"", "In a checkout there is also: sinew bench."},
        subcommands = {
            DemoCommand.class,
            ConvertCommand.class,
            InspectCommand.class,
            CompareCommand.class,
            PredictCommand.class,
            ServeCommand.class,
            DoctorCommand.class,
            RunCommand.class,
            RecordCommand.class,
            EvalCommand.class,
            SynthCommand.class,
            ArmCommand.class,
            CameraCommand.class,
        })
public final class Main implements Runnable {
    static final String VERSION = "0.1.0";

    public static void main(String[] args) {
        Libraries.settle();
        System.exit(commandLine()
                .setOut(new PrintWriter(Utf8Console.out(), true))
                .setErr(new PrintWriter(Utf8Console.err(), true))
                .execute(args));
    }

    /// The parser with our manners: enum values in either case, and no stack trace for a user's mistake.
    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(new UsageMistakes())
                .setExecutionExceptionHandler(new CommandFailures());
    }

    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }
}
