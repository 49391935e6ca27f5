package sinew.runtime.arm;

import com.fazecast.jSerialComm.SerialPort;
import com.fazecast.jSerialComm.SerialPortInvalidPortException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/// A serial port: 8 data bits, no parity, one stop bit, no flow control.
///
/// Reads poll: the port library can only wait in tenths of a second, which is three control steps.
public final class UsbSerialLine implements SerialLine {
    /// What the servos speak when they leave the factory.
    public static final int BAUD = 1_000_000;

    private static final long POLL_NANOS = 50_000;

    private static final Set<Runnable> LAST_WORDS = ConcurrentHashMap.newKeySet();

    static {
        // The library closes all ports in a shutdown hook of its own. Only hooks that it knows run before that.
        SerialPort.addShutdownHook(new Thread(() -> LAST_WORDS.forEach(Runnable::run), "serial shutdown"));
    }

    private final SerialPort port;
    private final String name;

    private UsbSerialLine(SerialPort port, String name) {
        this.port = port;
        this.name = name;
    }

    /// A port that is there.
    ///
    /// @param path        `/dev/ttyACM0`
    /// @param description what the adapter calls itself
    /// @param serial      its serial number, or empty
    public record Port(String path, String description, String serial) {}

    /// All serial ports of this machine.
    public static List<Port> ports() {
        List<Port> ports = new ArrayList<>();
        for (SerialPort port : SerialPort.getCommPorts()) {
            String serial = port.getSerialNumber();
            ports.add(new Port(
                    port.getSystemPortPath(),
                    port.getDescriptivePortName(),
                    serial == null || "Unknown".equals(serial) ? "" : serial));
        }
        return ports;
    }

    /// Opens a port for us alone.
    ///
    /// @throws RobotException when it is not there, not allowed, or in use
    public static UsbSerialLine open(String path, int baud) {
        if (!Files.exists(Path.of(path))) {
            throw new RobotException(RobotException.Kind.PORT, refusal(path, 0));
        }
        SerialPort port;
        try {
            port = SerialPort.getCommPort(path);
        } catch (SerialPortInvalidPortException e) {
            throw new RobotException(
                    RobotException.Kind.PORT, path + " is not a serial port; sinew arm ports lists those that are", e);
        }
        port.setComPortParameters(baud, 8, SerialPort.ONE_STOP_BIT, SerialPort.NO_PARITY);
        port.setFlowControl(SerialPort.FLOW_CONTROL_DISABLED);
        port.setComPortTimeouts(SerialPort.TIMEOUT_NONBLOCKING, 0, 0);
        if (!port.openPort()) {
            throw new RobotException(RobotException.Kind.PORT, refusal(path, port.getLastErrorCode()));
        }
        return new UsbSerialLine(port, path);
    }

    private static String refusal(String path, int errno) {
        Path file = Path.of(path);
        if (!Files.exists(file)) {
            return path + " is not there; plug the arm in, then sinew arm ports lists what is";
        }
        if (!Files.isReadable(file) || !Files.isWritable(file)) {
            return path + " may not be opened by this user; add the user to the port's group (sudo usermod -aG "
                    + "dialout $USER, "
                    + "then log in again) or run sudo chmod a+rw " + path;
        }
        return path + " cannot be opened (error " + errno
                + "); another program probably holds it: close it, or look with fuser " + path;
    }

    /// Has `action` run when the JVM ends, while ports are still open. A hook of [Runtime] would come too late.
    static void beforeExit(Runnable action) {
        LAST_WORDS.add(action);
    }

    /// Forgets an action of [#beforeExit].
    static void notBeforeExit(Runnable action) {
        LAST_WORDS.remove(action);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int sent = 0;
        long deadline = System.nanoTime() + 100_000_000L;
        while (sent < length) {
            int n = port.writeBytes(bytes, length - sent, offset + sent);
            if (n < 0 || n == 0 && System.nanoTime() > deadline) {
                throw new IOException("writing fails (error " + port.getLastErrorCode() + ")");
            }
            sent += n;
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length, long timeoutNanos) throws IOException {
        long deadline = 0;
        while (true) {
            int waiting = port.bytesAvailable();
            if (waiting > 0) {
                int n = port.readBytes(bytes, Math.min(length, waiting), offset);
                if (n > 0) {
                    return n;
                }
            }
            if (waiting < 0) {
                throw new IOException("reading fails (error " + port.getLastErrorCode() + ")");
            }
            long now = System.nanoTime();
            if (deadline == 0) {
                deadline = now + timeoutNanos;
            }
            if (now - deadline >= 0) {
                return 0;
            }
            LockSupport.parkNanos(Math.min(POLL_NANOS, deadline - now));
        }
    }

    @Override
    public void close() {
        port.closePort();
    }
}
