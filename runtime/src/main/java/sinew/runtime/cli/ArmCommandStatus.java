package sinew.runtime.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import sinew.runtime.arm.ArmRole;
import sinew.runtime.arm.ArmSetup;
import sinew.runtime.arm.Calibration;
import sinew.runtime.arm.CalibrationFiles;
import sinew.runtime.arm.Operator;
import sinew.runtime.arm.ServoBus;
import sinew.runtime.arm.ServoReading;
import sinew.runtime.arm.So101;

/// `sinew arm status`.
@Command(name = "status",
        description = "A live table of what the servos measure. Changes nothing.", mixinStandardHelpOptions = true)
final class ArmCommandStatus extends ArmCommandBase {
    private static final long PERIOD_NANOS = 100_000_000L;

    @Option(names = {"--robot.port", "--teleop.port", "--port"}, required = true, paramLabel = "DEVICE")
    private String port;

    @Option(names = "--once", description = "One table, then end. Otherwise ENTER ends it.")
    private boolean once;

    @Option(names = {"--robot.calibration", "--teleop.calibration"}, paramLabel = "FILE",
            description = "Also compares the servos with this calibration file.")
    private Path calibration;

    @Option(names = {"--robot.id", "--id"}, paramLabel = "NAME",
            description = "The same, with the follower's calibration file of this name.")
    private String id;

    @Override
    int work(Operator operator) {
        Path file = calibration == null && id != null ? new CalibrationFiles().file(ArmRole.FOLLOWER, id) : calibration;
        try (ServoBus bus = open(port)) {
            ArmSetup.check(bus);
            if (file != null) {
                List<String> differences = Calibration.read(file).differences(bus);
                operator.say(differences.isEmpty() ? "The servos have the values of " + file + "."
                        : String.join("\n", differences));
            }
            ServoReading[] readings = new ServoReading[So101.COUNT];
            do {
                bus.syncReadAll(So101.ids(), readings);
                List<String> table = table(readings, bus.statistics());
                if (once) {
                    table.forEach(operator::say);
                } else {
                    operator.show(table);
                    LockSupport.parkNanos(PERIOD_NANOS);
                }
            } while (!once && !operator.enterPressed());
            boolean faulty = false;
            for (ServoReading reading : readings) {
                faulty |= reading.status().faulty();
            }
            return faulty ? FAILED : OK;
        }
    }

    private static List<String> table(ServoReading[] readings, ServoBus.Statistics statistics) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format("%-14s %8s %8s %7s %6s %6s %7s  %s",
                "joint", "position", "steps/s", "load %", "volt", "deg C", "mA", "status"));
        for (int i = 0; i < readings.length; i++) {
            ServoReading r = readings[i];
            lines.add(String.format(
                    "%-14s %8d %8d %7.1f %6.1f %6d %7.0f  %s", So101.JOINTS.get(i), r.position(), r.velocity(),
                    r.load() / 10.0, r.voltage() / 10.0, r.temperature(), r.current() * 6.5, r.status().describe()));
        }
        lines.add("bus: " + statistics.exchanges() + " exchanges, " + statistics.faults() + " repeated");
        return lines;
    }
}
