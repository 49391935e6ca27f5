package sinew.runtime.arm;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/// Tells which port an arm is, by unplugging it.
public final class PortFinder {
    private static final long SETTLE_NANOS = 500_000_000L; // until the system has noticed

    private final Supplier<List<UsbSerialLine.Port>> ports;
    private final Operator operator;

    public PortFinder(Supplier<List<UsbSerialLine.Port>> ports, Operator operator) {
        this.ports = ports;
        this.operator = operator;
    }

    /// @return the path of the port that vanished
    /// @throws RobotException when none or more than one did
    public String run() {
        List<String> before = paths();
        operator.ask("Unplug the USB cable of the arm, then press ENTER.");
        LockSupport.parkNanos(SETTLE_NANOS);
        List<String> gone = new ArrayList<>(before);
        gone.removeAll(paths());
        if (gone.size() != 1) {
            throw new RobotException(RobotException.Kind.PORT,
                    (gone.isEmpty() ? "no port has vanished" : "several ports have vanished: " + gone)
                    + "; there were " + before + ". Plug everything in and try again with one cable");
        }
        operator.say("The arm is " + gone.getFirst() + ". Plug it in again.");
        return gone.getFirst();
    }

    private List<String> paths() {
        return ports.get().stream().map(UsbSerialLine.Port::path).toList();
    }
}
