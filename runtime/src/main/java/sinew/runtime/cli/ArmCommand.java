package sinew.runtime.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import sinew.runtime.arm.Operator;

/// `sinew arm`: everything about SO-101 arms that needs no policy.
@Command(
        name = "arm",
        description = "SO-101 arms: find, set up, calibrate, look at, lead by hand, rehearse.",
        mixinStandardHelpOptions = true,
        subcommands = {
            ArmCommandPorts.class,
            ArmCommandScan.class,
            ArmCommandSetupIds.class,
            ArmCommandCalibrate.class,
            ArmCommandStatus.class,
            ArmCommandTorque.class,
            ArmCommandTeleop.class,
            ArmCommandRest.class,
            ArmCommandEmulate.class
        })
final class ArmCommand implements Runnable {
    private final Operator operator;

    @Spec
    private CommandSpec spec;

    /// For the person at the console.
    ArmCommand() {
        this(new ConsoleOperator(System.in, Utf8Console.out()));
    }

    ArmCommand(Operator operator) {
        this.operator = operator;
    }

    Operator operator() {
        return operator;
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    /// The whole command line of `sinew arm` with somebody else at the console.
    static CommandLine commandLine(Operator operator) {
        return new CommandLine(new ArmCommand(operator));
    }
}
