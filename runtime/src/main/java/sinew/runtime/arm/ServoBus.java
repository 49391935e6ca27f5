package sinew.runtime.arm;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// The half-duplex bus of Feetech servos. Thread-safe: one exchange at a time; allocates nothing per exchange.
///
/// A garbled, incomplete or missing answer is asked for again after the line has fallen silent. From the first
/// fault on, and for [#SUSPICION] exchanges after the last one, a value counts only when two answers in a row
/// agree: with an eight-bit checksum, one answer on a noisy line proves too little.
///
/// Error bits in answers do not fail an exchange (the torque of an overloaded servo must still be switched off);
/// they are kept, see [#status].
public final class ServoBus implements AutoCloseable {
    static final int SUSPICION = 50;

    private static final int STEPS_PER_MS = 4; // no STS3215 turns faster
    private static final int AGREEMENT_STEPS = 8;

    private final SerialLine line;
    private final BusTiming timing;
    private final LongSupplier clock;
    private final BusExchange exchange;
    private final ReentrantLock lock = new ReentrantLock();
    private final int[] status = new int[256];
    private final int[] one = new int[1];
    private final byte[] before = new byte[4096];
    private int suspicion;
    private long exchanges;
    private long faults;
    private long failures;

    public ServoBus(SerialLine line, BusTiming timing) {
        this(line, timing, System::nanoTime);
    }

    ServoBus(SerialLine line, BusTiming timing, LongSupplier clock) {
        this.line = line;
        this.timing = timing;
        this.clock = clock;
        this.exchange = new BusExchange(line, timing, clock);
    }

    /// How the bus fares.
    ///
    /// @param exchanges requests sent
    /// @param faults    answers that were missing or wrong and were asked for again
    /// @param failures  requests given up after all retries
    public record Statistics(long exchanges, long faults, long failures) {}

    public Statistics statistics() {
        return new Statistics(exchanges, faults, failures);
    }

    /// The name of the line that this bus runs over.
    public String name() {
        return line.name();
    }

    /// Whether servo `id` answers.
    public boolean ping(int id) {
        return ping(id, timing.retries() + 1);
    }

    /// Whether servo `id` answers one of so many pings: few to search many ids, more to be sure.
    public boolean ping(int id, int tries) {
        lock.lock();
        try {
            for (int i = 0; i < tries; i++) {
                int length = Packets.finish(exchange.request, id, Instruction.PING, 0);
                if (askOnce(length, single(id), 1, 0) == null) {
                    return true;
                }
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    /// The ids of all servos that answer a ping to everybody. Answers may collide, so that one can be missing; an id
    /// that several servos share is there twice.
    public List<Integer> pingAll() {
        lock.lock();
        try {
            List<Integer> ids = new ArrayList<>();
            for (int id : gatherPings(Packets.BROADCAST)) {
                if (!ids.contains(id)) {
                    List<Integer> own = gatherPings(id);
                    ids.addAll(own.size() > 1 ? gatherPings(id) : own); // the second may have been a late answer
                }
            }
            return ids;
        } catch (IOException e) {
            throw lost(e);
        } finally {
            lock.unlock();
        }
    }

    /// The ids of whoever answers a ping to `id`, in the order of their answers; asks again when nobody does.
    private List<Integer> gatherPings(int id) throws IOException {
        List<Integer> ids = List.of();
        for (int i = 0; i <= timing.retries() && ids.isEmpty(); i++) {
            exchange.resynchronise();
            ids = gatherPingsOnce(id);
        }
        return ids;
    }

    private List<Integer> gatherPingsOnce(int id) throws IOException {
        int got = exchange.gather(Packets.finish(exchange.request, id, Instruction.PING, 0), timing.replyMs());
        byte[] bytes = exchange.bytes();
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i + Packets.OVERHEAD <= got; i++) {
            int from = bytes[i + 2] & 0xFF;
            boolean echo = id != Packets.BROADCAST && got > Packets.OVERHEAD && i == 0 && exchange.echoes();
            if (from < Packets.BROADCAST && Packets.isStatus(bytes, i, from, 0) && !echo) {
                ids.add(from);
            }
        }
        return ids;
    }

    /// One register of one servo.
    public int read(int id, Register register) {
        lock.lock();
        try {
            readBlock(single(id), 1, register.address(), register.size(), Instruction.READ, register);
            return register.decode(exchange.bytes(), exchange.dataOffset(0, register.size()));
        } finally {
            lock.unlock();
        }
    }

    /// One register of several servos, in one exchange: `values[i]` is that of `ids[i]`.
    public void syncRead(Register register, int[] ids, int[] values) {
        lock.lock();
        try {
            readBlock(ids, ids.length, register.address(), register.size(), Instruction.SYNC_READ, register);
            for (int i = 0; i < ids.length; i++) {
                values[i] = register.decode(exchange.bytes(), exchange.dataOffset(i, register.size()));
            }
        } finally {
            lock.unlock();
        }
    }

    /// Everything that servos measure, in one exchange: `readings[i]` is that of `ids[i]`.
    public void syncReadAll(int[] ids, ServoReading[] readings) {
        lock.lock();
        try {
            int size = ServoReading.SIZE;
            readBlock(ids, ids.length, ServoReading.ADDRESS, size, Instruction.SYNC_READ, Register.PRESENT_POSITION);
            for (int i = 0; i < ids.length; i++) {
                readings[i] = ServoReading.decode(
                        exchange.bytes(), exchange.dataOffset(i, size), exchange.status(i, size));
            }
        } finally {
            lock.unlock();
        }
    }

    /// Sets one register of one servo and waits until the servo has confirmed it. A servo that confirms nothing
    /// (Response_Status_Level 0, or a lost answer) is asked what the register holds now.
    public void write(int id, Register register, int value) {
        lock.lock();
        try {
            BusExchange.Fault fault = null;
            for (int i = 0; i <= timing.retries(); i++) {
                fault = askOnce(putWrite(id, register, value), single(id), 1, 0);
                if (fault == null || fault == BusExchange.Fault.SILENCE && holds(id, register, value)) {
                    return;
                }
            }
            throw failed("writing " + register + " = " + value, fault, single(id), 1);
        } finally {
            lock.unlock();
        }
    }

    /// As [#write], and reads the register back: for values that must not be wrong.
    public void writeVerified(int id, Register register, int value) {
        lock.lock();
        try {
            int found = 0;
            for (int i = 0; i <= timing.retries(); i++) {
                write(id, register, value);
                found = read(id, register);
                if (found == value) {
                    return;
                }
            }
            throw new RobotException(
                    RobotException.Kind.SERVO, line.name() + ": servo " + id + " keeps " + register + " = " + found
                    + " although " + value + " was written; torque and lock must be off for settings that last");
        } finally {
            lock.unlock();
        }
    }

    /// Gives servo `from` the id `to`. The two must not both be on the bus.
    public void changeId(int from, int to) {
        lock.lock();
        try {
            exchange.gather(putWrite(from, Register.ID, to), timing.gapMs()); // it may answer under either id
            suspicion = SUSPICION;
            if (!ping(to)) {
                throw failed("changing id " + from + " to " + to, BusExchange.Fault.SILENCE, single(to), 1);
            }
        } catch (IOException e) {
            throw lost(e);
        } finally {
            lock.unlock();
        }
    }

    /// Sets the speed of servo `id`, which answers at neither the old nor the new one reliably: nothing is awaited.
    void tellBaudRate(int id, int code) {
        lock.lock();
        try {
            exchange.gather(putWrite(id, Register.BAUD_RATE, code), timing.gapMs());
        } catch (IOException e) {
            throw lost(e);
        } finally {
            lock.unlock();
        }
    }

    /// Sets one register of several servos at once. Nobody confirms it.
    public void syncWrite(Register register, int[] ids, int[] values) {
        lock.lock();
        try {
            int at = 5;
            byte[] request = exchange.request;
            request[at++] = (byte) register.address();
            request[at++] = (byte) register.size();
            for (int i = 0; i < ids.length; i++) {
                request[at++] = (byte) ids[i];
                register.encode(values[i], request, at);
                at += register.size();
            }
            int length = Packets.finish(request, Packets.BROADCAST, Instruction.SYNC_WRITE, at - 5);
            exchanges++;
            if (exchange.tell(length) != null) {
                note();
            }
        } catch (IOException e) {
            throw lost(e);
        } finally {
            lock.unlock();
        }
    }

    /// The error bits of the last answer of servo `id`.
    public ServoStatus status(int id) {
        return new ServoStatus(status[id]);
    }

    /// Makes the next readings count only when two agree; for a caller who has reason to doubt one.
    public void suspect() {
        suspicion = SUSPICION;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            line.close();
        } finally {
            lock.unlock();
        }
    }

    private void readBlock(int[] ids, int count, int address, int size, Instruction instruction, Register register) {
        BusExchange.Fault fault = null;
        boolean unconfirmed = false;
        long unconfirmedAt = 0;
        for (int budget = 2 * (timing.retries() + 1); budget > 0; budget--) {
            fault = askOnce(putRead(ids, count, address, size, instruction), ids, count, size);
            if (fault != null) {
                unconfirmed = false;
                continue;
            }
            long now = clock.getAsLong();
            if (suspicion == 0 || unconfirmed && agrees(count, size, register, now - unconfirmedAt)) {
                return;
            }
            System.arraycopy(exchange.bytes(), 0, before, 0, exchange.dataOffset(count, size));
            unconfirmed = true;
            unconfirmedAt = now;
        }
        throw failed("reading " + register, fault, ids, count);
    }

    /// Whether this answer and the one before it say the same, as far as the register holds still.
    private boolean agrees(int count, int size, Register register, long nanosApart) {
        int tolerance = switch (register) {
            case PRESENT_POSITION -> AGREEMENT_STEPS + (int) Math.min(64, nanosApart * STEPS_PER_MS / 1_000_000);
            case PRESENT_VELOCITY, PRESENT_LOAD, PRESENT_VOLTAGE, PRESENT_TEMPERATURE, PRESENT_CURRENT, MOVING,
                    STATUS ->
                Integer.MAX_VALUE;
            default -> 0;
        };
        for (int i = 0; i < count; i++) {
            int at = exchange.dataOffset(i, size);
            if (Math.abs(register.decode(exchange.bytes(), at) - register.decode(before, at)) > tolerance) {
                return false;
            }
        }
        return true;
    }

    private int putRead(int[] ids, int count, int address, int size, Instruction instruction) {
        byte[] request = exchange.request;
        request[5] = (byte) address;
        request[6] = (byte) size;
        if (instruction == Instruction.READ) {
            return Packets.finish(request, ids[0], instruction, 2);
        }
        for (int i = 0; i < count; i++) {
            request[7 + i] = (byte) ids[i];
        }
        return Packets.finish(request, Packets.BROADCAST, instruction, 2 + count);
    }

    private int putWrite(int id, Register register, int value) {
        exchange.request[5] = (byte) register.address();
        register.encode(value, exchange.request, 6);
        return Packets.finish(exchange.request, id, Instruction.WRITE, 1 + register.size());
    }

    private boolean holds(int id, Register register, int value) {
        try {
            return read(id, register) == value;
        } catch (RobotException e) {
            return false; // it answers nothing at all: the write will be tried again, then reported
        }
    }

    private BusExchange.Fault askOnce(int length, int[] ids, int count, int data) {
        try {
            exchanges++;
            BusExchange.Fault fault = exchange.ask(length, ids, count, data);
            if (fault != null) {
                note();
                exchange.resynchronise();
                return fault;
            }
            suspicion = Math.max(0, suspicion - 1);
            for (int i = 0; i < count; i++) {
                status[ids[i]] = exchange.status(i, data);
            }
            return null;
        } catch (IOException e) {
            throw lost(e);
        }
    }

    private void note() {
        faults++;
        suspicion = SUSPICION;
    }

    private int[] single(int id) {
        one[0] = id;
        return one;
    }

    private RobotException lost(IOException e) {
        failures++;
        return new RobotException(RobotException.Kind.PORT, line.name() + " is gone: " + e.getMessage()
                + "; was the arm unplugged? Plug it in again and restart (sinew arm ports lists what is there)", e);
    }

    private RobotException failed(String what, BusExchange.Fault fault, int[] ids, int count) {
        failures++;
        String why = switch (fault) {
            case SILENCE -> "no answer; is the arm powered, and is every cable of the chain plugged in?";
            case INCOMPLETE -> "the answer breaks off; a servo is missing, or its cable is loose";
            case GARBLED -> "the answer is garbled; two servos may share an id, or a cable is bad";
            case SURPLUS -> "there is more on the line than was asked for; does another program use the port?";
            case null -> "no two answers agree; the line is noisy, check its cables and the power supply";
        };
        return new RobotException(RobotException.Kind.BUS, line.name() + ": " + what + " of "
                + (count == 1 ? "servo " + ids[0] : "servos " + Arrays.toString(Arrays.copyOf(ids, count)))
                + " failed after " + (timing.retries() + 1) + " tries: " + why);
    }
}
