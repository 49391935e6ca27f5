package sinew.runtime.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import sinew.runtime.arm.ArmSetup;
import sinew.runtime.arm.Operator;
import sinew.runtime.arm.RobotException;
import sinew.runtime.arm.ServoBus;

/// `sinew arm torque on|off`.
@Command(name = "torque",
        description = "Switch the torque of all servos on (where they are) or off (the arm falls).",
        mixinStandardHelpOptions = true)
final class ArmCommandTorque extends ArmCommandBase {
    @Parameters(paramLabel = "on|off")
    private String what;

    @Option(names = {"--robot.port", "--teleop.port", "--port"}, required = true, paramLabel = "DEVICE")
    private String port;

    @Override
    int work(Operator operator) {
        if (!what.equals("on") && !what.equals("off")) {
            throw new IllegalArgumentException("torque is on or off, got " + what);
        }
        try (ServoBus bus = open(port)) {
            if (what.equals("on")) {
                ArmSetup.check(bus);
                ArmSetup.torqueOn(bus);
            } else {
                RobotException problem = ArmSetup.torqueOff(bus);
                if (problem != null) {
                    throw problem;
                }
            }
            operator.say("The torque is " + what + ".");
            return OK;
        }
    }
}
