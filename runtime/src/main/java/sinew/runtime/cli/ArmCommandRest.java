package sinew.runtime.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import sinew.runtime.arm.OnStop;
import sinew.runtime.arm.Operator;
import sinew.runtime.arm.RobotArm;

/// `sinew arm rest`.
@Command(name = "rest", description = "Fold the arm slowly, then switch its torque off.",
        mixinStandardHelpOptions = true)
final class ArmCommandRest extends ArmCommandBase {
    @Mixin
    private ShortArmOptions options;

    @Override
    int work(Operator operator) {
        try (RobotArm arm = options.connect()) {
            arm.enable();
            operator.say("Folding; keep clear.");
            arm.stop(OnStop.REST);
            arm.takeNotices().forEach(operator::say);
        }
        operator.say("The arm rests; its torque is off.");
        return OK;
    }
}
