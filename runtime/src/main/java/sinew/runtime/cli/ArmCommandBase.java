package sinew.runtime.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import sinew.runtime.arm.BusTiming;
import sinew.runtime.arm.Operator;
import sinew.runtime.arm.RobotException;
import sinew.runtime.arm.ServoBus;
import sinew.runtime.arm.UsbSerialLine;

/// What the commands of `sinew arm` share: exit code 0 when all went well, 1 with one line of explanation when the arm
/// did not do its part, 2 for a wrong command line.
abstract class ArmCommandBase implements Callable<Integer> {
    static final int OK = 0;
    static final int FAILED = 1;

    @ParentCommand
    private ArmCommand parent;

    @Spec
    private CommandSpec spec;

    @Override
    public final Integer call() {
        try {
            return work(parent.operator());
        } catch (RobotException e) {
            spec.commandLine().getErr().println("sinew: " + e.getMessage());
            spec.commandLine().getErr().flush();
            return FAILED;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
    }

    abstract int work(Operator operator);

    static ServoBus open(String port) {
        return open(port, UsbSerialLine.BAUD);
    }

    static ServoBus open(String port, int baud) {
        return new ServoBus(UsbSerialLine.open(port, baud), BusTiming.USB);
    }
}
