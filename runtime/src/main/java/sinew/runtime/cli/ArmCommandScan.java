package sinew.runtime.cli;

import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import sinew.runtime.arm.Operator;
import sinew.runtime.arm.Register;
import sinew.runtime.arm.ServoBus;

/// `sinew arm scan`.
@Command(name = "scan", description = "Show which servos answer on a port.", mixinStandardHelpOptions = true)
final class ArmCommandScan extends ArmCommandBase {
    private static final int USUAL_IDS = 12;
    private static final int LAST_ID = 253;

    @Option(names = {"--robot.port", "--port"}, required = true, paramLabel = "DEVICE")
    private String port;

    @Option(names = "--baud", defaultValue = "1000000", description = "Speed of the bus (default: ${DEFAULT-VALUE}).")
    private int baud;

    @Option(names = "--all", description = "Ask every id from 0 to 253, not only the usual ones.")
    private boolean all;

    @Override
    int work(Operator operator) {
        try (ServoBus bus = open(port, baud)) {
            List<Integer> answers = bus.pingAll();
            TreeSet<Integer> ids = new TreeSet<>(answers);
            if (ids.size() < answers.size()) {
                operator.say("Several servos share an id: " + answers
                        + ". Set the ids one by one with sinew arm setup-ids.");
                return FAILED;
            }
            for (int id = all ? 0 : 1; id <= (all ? LAST_ID : USUAL_IDS); id++) {
                if (!ids.contains(id) && bus.ping(id, 1)) {
                    ids.add(id);
                }
            }
            if (ids.isEmpty()) {
                operator.say("No servo answers on " + port + " at " + baud + " baud. Is the arm's power supply on?");
                return FAILED;
            }
            for (int id : ids) {
                int model = bus.read(id, Register.MODEL_NUMBER);
                operator.say(String.format(
                        "id %-3d model %-5d %-9s firmware %d.%d  %s", id, model, model == 777 ? "(STS3215)" : "",
                        bus.read(id, Register.FIRMWARE_MAJOR), bus.read(id, Register.FIRMWARE_MINOR),
                        bus.status(id).describe()));
            }
            List<Integer> missing = IntStream.rangeClosed(1, 6).filter(id -> !ids.contains(id)).boxed().toList();
            if (!missing.isEmpty()) {
                operator.say("An SO-101 has the ids 1 to 6; missing: " + missing);
            }
            return OK;
        }
    }
}
