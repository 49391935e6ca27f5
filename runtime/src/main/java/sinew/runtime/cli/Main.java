package sinew.runtime.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The command line: `sinew convert | inspect | predict | serve | run | demo | bench`.
@Command(
        name = "sinew",
        description = "Diffusion policies for robot arms in pure Java.",
        mixinStandardHelpOptions = true,
        version = "sinew 0.1.0",
        subcommands = {PredictCommand.class})
public final class Main implements Runnable {
    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }

    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }
}
