package sinew.runtime.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import sinew.runtime.arm.IdSetup;
import sinew.runtime.arm.Operator;

/// `sinew arm setup-ids`.
@Command(name = "setup-ids", description = "Give new servos their ids, one at a time.", mixinStandardHelpOptions = true)
final class ArmCommandSetupIds extends ArmCommandBase {
    @Option(names = {"--robot.port", "--port"}, required = true, paramLabel = "DEVICE")
    private String port;

    @Override
    int work(Operator operator) {
        new IdSetup(baud -> open(port, baud), operator).run();
        return OK;
    }
}
