package sinew.runtime.arm.emulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import sinew.runtime.arm.Register;

/// The servos' end of a bus: takes a stream of bytes in any pieces, finds the packets in it, and answers.
/// Thread-safe: servos and faults are touched inside [#change].
public final class EmulatedBus {
    private static final int PING = 1;
    private static final int READ = 2;
    private static final int WRITE = 3;
    private static final int REG_WRITE = 4;
    private static final int ACTION = 5;
    private static final int SYNC_READ = 0x82;
    private static final int SYNC_WRITE = 0x83;
    private static final int EVERYBODY = 0xFE;

    /// Where answers go.
    public interface Answers {
        /// @param delayMs how much later than at once
        void send(byte[] bytes, int length, int delayMs);
    }

    private record Held(EmulatedServo servo, int address, byte[] data) {}

    private final LongSupplier clock;
    private final List<EmulatedServo> servos = new ArrayList<>();
    private final List<EmulatedServo> unplugged = new ArrayList<>();
    private final List<Held> held = new ArrayList<>();
    private final BusFaults faults = new BusFaults();
    private final byte[] pending = new byte[512];
    private final byte[] answer = new byte[300];
    private int pendingLength;
    private Runnable beforePacket = () -> {};

    public EmulatedBus(List<EmulatedServo> servos, LongSupplier nanoClock) {
        this.servos.addAll(servos);
        this.clock = nanoClock;
        advance();
    }

    /// Does something to the servos between two packets.
    public synchronized void change(Consumer<List<EmulatedServo>> action) {
        advance();
        action.accept(servos);
    }

    /// The servo called `name`, plugged in or not.
    public synchronized EmulatedServo servo(String name) {
        for (EmulatedServo servo : allServos()) {
            if (servo.name().equals(name)) {
                return servo;
            }
        }
        throw new IllegalArgumentException(
                "there is no servo " + name + "; there are " + allServos().stream().map(EmulatedServo::name).toList());
    }

    /// All servos, plugged in or not.
    public synchronized List<EmulatedServo> allServos() {
        List<EmulatedServo> all = new ArrayList<>(servos);
        all.addAll(unplugged);
        return all;
    }

    /// Lets only these servos be on the bus.
    public synchronized void plugIn(List<String> names) {
        List<EmulatedServo> all = allServos();
        servos.clear();
        unplugged.clear();
        for (EmulatedServo servo : all) {
            (names.contains(servo.name()) ? servos : unplugged).add(servo);
        }
    }

    public synchronized void faults(Consumer<BusFaults> action) {
        action.accept(faults);
    }

    /// Runs before every packet, with the time advanced; for hands that move joints by themselves.
    synchronized void beforePacket(Runnable action) {
        beforePacket = action;
    }

    /// Takes bytes from the line and sends whatever they ask for.
    public synchronized void receive(byte[] bytes, int count, Answers answers) {
        advance();
        if (faults.echo) {
            answers.send(bytes, count, 0);
        }
        for (int i = 0; i < count; i++) {
            if (pendingLength == pending.length) {
                drop(1);
            }
            pending[pendingLength++] = bytes[i];
            while (takePacket(answers)) {
                // one byte can complete a packet and lay the next one bare
            }
        }
    }

    private void advance() {
        long now = clock.getAsLong();
        for (EmulatedServo servo : servos) {
            servo.advance(now);
        }
        for (EmulatedServo servo : unplugged) {
            servo.advance(now);
        }
    }

    /// Handles or skips what stands at the front; false when more bytes are needed.
    private boolean takePacket(Answers answers) {
        int start = 0;
        while (start < pendingLength && pending[start] != (byte) 0xFF) {
            start++;
        }
        drop(start);
        if (pendingLength < 4) {
            return false;
        }
        int id = pending[2] & 0xFF;
        int length = pending[3] & 0xFF;
        if (pending[1] != (byte) 0xFF || id == 0xFF || length < 2 || length > 250) {
            drop(1);
            return true;
        }
        if (pendingLength < length + 4) {
            return false;
        }
        int sum = 0;
        for (int i = 2; i < length + 3; i++) {
            sum += pending[i];
        }
        if ((byte) ~sum != pending[length + 3]) {
            drop(1);
            return true;
        }
        beforePacket.run();
        execute(id, pending[4] & 0xFF, length - 2, answers);
        drop(length + 4);
        return true;
    }

    private void drop(int count) {
        System.arraycopy(pending, count, pending, 0, pendingLength - count);
        pendingLength -= count;
    }

    private void execute(int id, int instruction, int parameters, Answers answers) {
        switch (instruction) {
            case SYNC_READ -> syncRead(parameters, answers);
            case SYNC_WRITE -> syncWrite(parameters);
            case ACTION -> act();
            default -> {
                for (EmulatedServo servo : servos) {
                    int own = servo.id();
                    if (id == EVERYBODY || id == own) {
                        single(servo, own, id == EVERYBODY, instruction, parameters, answers);
                    }
                }
            }
        }
    }

    private void single(EmulatedServo servo, int id, boolean all, int instruction, int parameters, Answers answers) {
        switch (instruction) {
            case PING -> reply(servo, id, 0, answers);
            case READ -> {
                if (!all && parameters == 2) {
                    servo.read(pending[5] & 0xFF, pending[6] & 0xFF, answer, 5);
                    reply(servo, id, pending[6] & 0xFF, answers);
                }
            }
            case WRITE, REG_WRITE -> {
                if (parameters < 2) {
                    return;
                }
                boolean answersWrites = servo.get(Register.RESPONSE_STATUS_LEVEL) != 0;
                if (instruction == WRITE) {
                    servo.write(pending[5] & 0xFF, pending, 6, parameters - 1);
                } else {
                    held.add(new Held(servo, pending[5] & 0xFF, Arrays.copyOfRange(pending, 6, 5 + parameters)));
                }
                if (!all && answersWrites) {
                    reply(servo, id, 0, answers);
                }
            }
            default -> {
                // a servo says nothing to what it does not know
            }
        }
    }

    private void syncRead(int parameters, Answers answers) {
        int address = pending[5] & 0xFF;
        int size = pending[6] & 0xFF;
        for (int i = 2; i < parameters; i++) {
            EmulatedServo servo = withId(pending[5 + i] & 0xFF);
            if (servo != null) {
                servo.read(address, size, answer, 5);
                reply(servo, servo.id(), size, answers);
            }
        }
    }

    private void syncWrite(int parameters) {
        int address = pending[5] & 0xFF;
        int size = pending[6] & 0xFF;
        for (int i = 2; i + size < parameters; i += 1 + size) {
            EmulatedServo servo = withId(pending[5 + i] & 0xFF);
            if (servo != null) {
                servo.write(address, pending, 6 + i, size);
            }
        }
    }

    private void act() {
        for (Held write : held) {
            write.servo().write(write.address(), write.data(), 0, write.data().length);
        }
        held.clear();
    }

    private EmulatedServo withId(int id) {
        for (EmulatedServo servo : servos) {
            if (servo.id() == id) {
                return servo;
            }
        }
        return null;
    }

    /// Sends the `data` bytes that stand in the answer, as servo `id`.
    private void reply(EmulatedServo servo, int id, int data, Answers answers) {
        answer[0] = (byte) 0xFF;
        answer[1] = (byte) 0xFF;
        answer[2] = (byte) id;
        answer[3] = (byte) (data + 2);
        answer[4] = (byte) servo.errors();
        int sum = 0;
        for (int i = 2; i < data + 5; i++) {
            sum += answer[i];
        }
        answer[data + 5] = (byte) ~sum;
        int length = data + 6;
        if (faults.drop > 0) {
            faults.drop--;
            return;
        }
        if (faults.corrupt > 0) {
            faults.corrupt--;
            answer[data + 5] ^= 0x55;
        }
        if (faults.truncate > 0) {
            faults.truncate--;
            length--;
        }
        if (faults.garbage > 0) {
            faults.garbage--;
            answers.send(new byte[] {(byte) 0xFF, 0x13, 0x00}, 3, 0);
        }
        int delay = 0;
        if (faults.delay > 0) {
            faults.delay--;
            delay = faults.delayMs;
        }
        answers.send(answer, length, delay);
    }
}
