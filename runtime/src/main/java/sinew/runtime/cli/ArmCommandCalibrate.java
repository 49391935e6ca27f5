package sinew.runtime.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import sinew.runtime.arm.ArmRole;
import sinew.runtime.arm.ArmSetup;
import sinew.runtime.arm.Calibration;
import sinew.runtime.arm.CalibrationProcedure;
import sinew.runtime.arm.Operator;
import sinew.runtime.arm.RobotException;
import sinew.runtime.arm.ServoBus;

/// `sinew arm calibrate`.
@Command(
        name = "calibrate",
        description = "Find the middle and the ends of every joint, as LeRobot does, and write LeRobot's file.",
        mixinStandardHelpOptions = true)
final class ArmCommandCalibrate extends ArmCommandBase {
    @Option(names = {"--robot.port", "--teleop.port", "--port"}, required = true, paramLabel = "DEVICE")
    private String port;

    @Option(names = {"--robot.id", "--teleop.id", "--id"}, paramLabel = "NAME",
            description = "Names the calibration file.")
    private String id;

    @Option(names = {"--robot.calibration", "--teleop.calibration"}, paramLabel = "FILE",
            description = "The file, instead of LeRobot's place for it.")
    private Path file;

    @Option(names = "--leader", description = "The arm is a leader, moved by hand.")
    private boolean leader;

    @Option(names = "--full-turn-wrist",
            description = "Give wrist_roll its full turn without a sweep, as LeRobot does since 0.4.3. Policies trained"
                    + " on"
                    + " older demonstrations want it swept.")
    private boolean fullTurnWrist;

    @Option(names = "--apply", description = "Write the values of the file into the servos; asks nothing.")
    private boolean apply;

    @Override
    int work(Operator operator) {
        Path place = ArmOptions.file(
                leader ? ArmRole.LEADER : ArmRole.FOLLOWER, id, "", file, leader ? "--teleop" : "--robot");
        Calibration known = apply ? Calibration.read(place) : null;
        try (ServoBus bus = open(port)) {
            if (apply) {
                ArmSetup.check(bus);
                store(bus, known);
                operator.say("The servos have the values of " + place + ".");
                return OK;
            }
            if (Files.exists(place) && !anew(operator, place, bus)) {
                return OK;
            }
            Calibration calibration = new CalibrationProcedure(bus, operator, fullTurnWrist).run();
            calibration.write(place);
            operator.say("Calibration saved to " + place);
            return OK;
        }
    }

    /// Asks as LeRobot does; true for a new calibration.
    private static boolean anew(Operator operator, Path place, ServoBus bus) {
        String answer = operator.ask("There is a calibration: " + place
                + "\nPress ENTER to write it into the servos, or type c and ENTER to calibrate anew (the file is "
                + "replaced).");
        if (answer.equalsIgnoreCase("c")) {
            return true;
        }
        ArmSetup.check(bus);
        store(bus, Calibration.read(place));
        operator.say("The servos have the values of " + place + ".");
        return false;
    }

    private static void store(ServoBus bus, Calibration calibration) {
        RobotException problem = ArmSetup.torqueOff(bus);
        if (problem != null) {
            throw problem;
        }
        calibration.store(bus);
        List<String> differences = calibration.differences(bus);
        if (!differences.isEmpty()) {
            throw new RobotException(
                    RobotException.Kind.CALIBRATION, "the servos did not keep it: " + String.join("; ", differences));
        }
    }
}
