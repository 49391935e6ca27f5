package sinew.runtime.arm.emulator;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import sinew.runtime.arm.Calibration;
import sinew.runtime.arm.Register;
import sinew.runtime.arm.So101;
import sinew.runtime.posix.PseudoTerminal;

/// SO-101 arms without hardware: a pseudo-terminal behind which six servos live. Owns the thread that answers.
public final class ArmEmulator implements AutoCloseable {
    /// The joints in the order of their ids, 1 to 6.
    static final List<String> JOINTS = So101.JOINTS;

    /// How far each joint of a real arm was seen to move, in steps.
    private static final int[] SPANS = {2588, 2392, 2238, 2394, 3833, 1829};

    /// Where the middle of each joint's way stands from the middle of its encoder, in steps.
    private static final int[] OFFSETS = {-709, 512, 303, -250, 64, -420};

    private static final int MIDDLE = 2047;

    private final PseudoTerminal terminal;
    private final EmulatedBus bus;
    private final Thread thread;
    private volatile boolean running = true;

    private ArmEmulator(PseudoTerminal terminal, EmulatedBus bus) {
        this.terminal = terminal;
        this.bus = bus;
        this.thread = Thread.ofPlatform().daemon().name("servos " + terminal.path()).unstarted(this::serve);
    }

    /// How an emulated arm stands when it is switched on.
    public enum State {
        /// Ids are set, nothing is calibrated.
        UNCALIBRATED,
        /// As after calibration: middle at 2047, limits at the mechanical stops.
        CALIBRATED,
        /// Straight from the factory: every servo has id 1, so only one may be plugged in.
        NEW
    }

    /// An arm in the given state, at the middle of all its joints.
    public static ArmEmulator start(State state) throws IOException {
        return start(servos(state, 74));
    }

    /// Any servos.
    public static ArmEmulator start(List<EmulatedServo> servos) throws IOException {
        ArmEmulator emulator = new ArmEmulator(PseudoTerminal.open(), new EmulatedBus(servos, System::nanoTime));
        // One packet to nobody, so that the first real one is not answered late because classes are being loaded.
        byte[] nobody = {(byte) 0xFF, (byte) 0xFF, (byte) 0xFD, 2, 1, (byte) 0xFF};
        emulator.bus.receive(nobody, nobody.length, (bytes, length, delayMs) -> {});
        emulator.thread.start();
        return emulator;
    }

    /// The six servos of an arm, see [State].
    public static List<EmulatedServo> servos(State state, int deciVolts) {
        List<EmulatedServo> servos = new ArrayList<>();
        for (int i = 0; i < JOINTS.size(); i++) {
            double middle = MIDDLE + OFFSETS[i];
            double half = SPANS[i] / 2.0;
            int id = state == State.NEW ? 1 : i + 1;
            EmulatedServo servo =
                    new EmulatedServo(JOINTS.get(i), id, middle - half, middle + half, middle, deciVolts);
            if (state == State.CALIBRATED) {
                servo.put(Register.HOMING_OFFSET, OFFSETS[i]);
                servo.put(Register.MIN_POSITION_LIMIT, MIDDLE - SPANS[i] / 2);
                servo.put(Register.MAX_POSITION_LIMIT, MIDDLE - SPANS[i] / 2 + SPANS[i]);
            }
            servo.put(Register.GOAL_POSITION, MIDDLE);
            servos.add(servo);
        }
        return servos;
    }

    /// The calibration that the servos have stored.
    public Calibration calibration() {
        Map<String, Calibration.Motor> motors = new LinkedHashMap<>();
        bus.change(all -> JOINTS.forEach(joint -> {
            EmulatedServo s = bus.servo(joint);
            motors.put(joint, new Calibration.Motor(s.id(), 0, s.get(Register.HOMING_OFFSET),
                    s.get(Register.MIN_POSITION_LIMIT), s.get(Register.MAX_POSITION_LIMIT)));
        }));
        return new Calibration(motors);
    }

    /// What to open as the arm's port.
    public String path() {
        return terminal.path();
    }

    public EmulatedBus bus() {
        return bus;
    }

    public EmulatedServo servo(String joint) {
        return bus.servo(joint);
    }

    /// Joints whose torque is off wander slowly from stop to stop, as if a hand swept them.
    public void sweep(boolean on) {
        long start = System.nanoTime();
        bus.beforePacket(on
                ? () -> {
                    double phase = (System.nanoTime() - start) * 1e-9 * Math.PI / 2;
                    for (EmulatedServo servo : bus.allServos()) {
                        servo.handFraction(0.5 - 0.52 * Math.sin(phase));
                    }
                }
                : () -> {});
    }

    private void serve() {
        byte[] bytes = new byte[1024];
        while (running) {
            try {
                int count = terminal.read(bytes, 20);
                if (count > 0) {
                    bus.receive(bytes, count, this::send);
                }
            } catch (IOException e) {
                if (running) {
                    LockSupport.parkNanos(1_000_000);
                }
            }
        }
    }

    private void send(byte[] bytes, int length, int delayMs) {
        try {
            if (delayMs > 0) {
                LockSupport.parkNanos(delayMs * 1_000_000L);
            }
            terminal.write(bytes, length);
        } catch (IOException e) {
            // whoever asked has gone; a real servo would not notice either
        }
    }

    /// The arm is unplugged.
    @Override
    public void close() {
        running = false;
        try {
            thread.join();
            terminal.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // it is gone either way
        }
    }
}
