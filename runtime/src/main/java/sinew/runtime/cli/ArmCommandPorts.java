package sinew.runtime.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import sinew.runtime.arm.Operator;
import sinew.runtime.arm.PortFinder;
import sinew.runtime.arm.UsbSerialLine;

/// `sinew arm ports`.
@Command(name = "ports",
        description = "List the serial ports, or find the arm's by unplugging it.", mixinStandardHelpOptions = true)
final class ArmCommandPorts extends ArmCommandBase {
    @Option(names = "--find", description = "Unplug the arm to see which port is its.")
    private boolean find;

    @Override
    int work(Operator operator) {
        if (find) {
            new PortFinder(UsbSerialLine::ports, operator).run();
            return OK;
        }
        List<UsbSerialLine.Port> ports = UsbSerialLine.ports();
        if (ports.isEmpty()) {
            operator.say("No serial ports. Plug the arm's USB cable in; ports may need the group dialout.");
        }
        for (UsbSerialLine.Port port : ports) {
            operator.say(String.format("%-16s %s%s", port.path(), port.description(),
                    port.serial().isEmpty() ? "" : " (serial number " + port.serial() + ")"));
        }
        return OK;
    }
}
