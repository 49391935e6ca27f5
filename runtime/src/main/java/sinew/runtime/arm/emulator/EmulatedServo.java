package sinew.runtime.arm.emulator;

import java.util.Arrays;
import sinew.runtime.arm.Register;
import sinew.runtime.arm.ServoStatus;

/// One STS3215 as it looks from the bus, with a joint behind it: it moves at a limited speed between mechanical
/// stops, labours when it is held back, trips when it labours too long, and follows a hand when its torque is off.
/// Not thread-safe: [EmulatedBus] guards it.
public final class EmulatedServo {
    private static final int TABLE = 256;
    private static final double TOP_SPEED = 3200; // steps/s
    private static final double TOP_ACCELERATION = 40_000; // steps/s²
    private static final double STEP_SECONDS = 0.001;
    private static final double MAX_CATCH_UP_SECONDS = 5;
    private static final int AMBIENT = 31; // degrees Celsius

    private final String name;
    private final byte[] table = new byte[TABLE];
    private final byte[] kept = new byte[TABLE]; // the EPROM as it is after power-off
    private double lowStop;
    private double highStop;
    private double actual; // steps of the encoder, before the offset
    private double velocity; // steps/s
    private double load; // 0.1 %
    private double temperature = AMBIENT;
    private double labouringSeconds;
    private boolean tripped;
    private int injectedErrors;
    private int voltage;
    private Integer forcedTemperature;
    private Double hand;
    private double lowObstacle = Double.NEGATIVE_INFINITY;
    private double highObstacle = Double.POSITIVE_INFINITY;
    private long lastNanos;
    private boolean started;

    /// A servo as it leaves the factory, in a joint that can move from `lowStop` to `highStop`, standing at `actual`
    /// (all in steps of the encoder).
    ///
    /// @param deciVolts the supply: 74 or 120
    public EmulatedServo(String name, int id, double lowStop, double highStop, double actual, int deciVolts) {
        this.name = name;
        this.lowStop = lowStop;
        this.highStop = highStop;
        this.actual = actual;
        this.voltage = deciVolts;
        put(Register.FIRMWARE_MAJOR, 3);
        put(Register.FIRMWARE_MINOR, 10);
        put(Register.MODEL_NUMBER, 777);
        put(Register.ID, id);
        put(Register.RETURN_DELAY_TIME, 250);
        put(Register.RESPONSE_STATUS_LEVEL, 1);
        put(Register.MAX_POSITION_LIMIT, 4095);
        put(Register.MAX_TEMPERATURE_LIMIT, 70);
        put(Register.MAX_VOLTAGE_LIMIT, deciVolts > 90 ? 140 : 80);
        put(Register.MIN_VOLTAGE_LIMIT, 40);
        put(Register.MAX_TORQUE_LIMIT, 1000);
        put(Register.PHASE, 12);
        put(Register.UNLOADING_CONDITION, 44);
        put(Register.LED_ALARM_CONDITION, 47);
        put(Register.P_COEFFICIENT, 32);
        put(Register.D_COEFFICIENT, 32);
        put(Register.MINIMUM_STARTUP_FORCE, 16);
        put(Register.CW_DEAD_ZONE, 1);
        put(Register.CCW_DEAD_ZONE, 1);
        put(Register.PROTECTION_CURRENT, 500);
        put(Register.ANGULAR_RESOLUTION, 1);
        put(Register.PROTECTIVE_TORQUE, 20);
        put(Register.PROTECTION_TIME, 200);
        put(Register.OVERLOAD_TORQUE, 80);
        put(Register.VELOCITY_P_COEFFICIENT, 10);
        put(Register.OVER_CURRENT_PROTECTION_TIME, 200);
        put(Register.VELOCITY_I_COEFFICIENT, 200);
        System.arraycopy(table, 0, kept, 0, TABLE);
        powerCycle();
    }

    public String name() {
        return name;
    }

    public int id() {
        return get(Register.ID);
    }

    /// The register as the bus would read it.
    public int get(Register register) {
        return register.decode(table, register.address());
    }

    /// Sets a register from inside, past all protection and for good.
    public void put(Register register, int value) {
        register.encode(value, table, register.address());
        if (register.access() == Register.Access.EPROM) {
            register.encode(value, kept, register.address());
        }
    }

    /// The power goes off and comes on: what was not kept is lost, the joint stays where it is.
    public void powerCycle() {
        byte[] readOnly = {table[0], table[1], table[3], table[4]};
        Arrays.fill(table, (byte) 0);
        System.arraycopy(kept, 0, table, 0, Register.TORQUE_ENABLE.address());
        table[0] = readOnly[0];
        table[1] = readOnly[1];
        table[3] = readOnly[2];
        table[4] = readOnly[3];
        put(Register.TORQUE_LIMIT, get(Register.MAX_TORQUE_LIMIT));
        put(Register.MAXIMUM_ACCELERATION, 50);
        tripped = false;
        labouringSeconds = 0;
        velocity = 0;
        measure();
    }

    /// A hand moves the joint to `steps` (as the servo reads them); it follows only while the torque is off.
    public void hand(double steps) {
        hand = steps + get(Register.HOMING_OFFSET);
    }

    /// A hand moves the joint to a fraction of the way between its mechanical stops.
    public void handFraction(double fraction) {
        hand = lowStop + fraction * (highStop - lowStop);
    }

    /// The hand lets go; the joint stays where it is.
    public void letGo() {
        hand = null;
    }

    /// Puts something solid into the joint's way: it cannot leave `low..high` (as the servo reads them).
    public void obstacle(double low, double high) {
        lowObstacle = low + get(Register.HOMING_OFFSET);
        highObstacle = high + get(Register.HOMING_OFFSET);
    }

    public void removeObstacle() {
        lowObstacle = Double.NEGATIVE_INFINITY;
        highObstacle = Double.POSITIVE_INFINITY;
    }

    /// Error bits that the servo shows beside its own.
    public void injectErrors(int bits) {
        injectedErrors = bits;
    }

    /// The supply, in 0.1 V.
    public void supply(int deciVolts) {
        voltage = deciVolts;
    }

    /// Holds the temperature at a value; null lets it go again.
    public void forceTemperature(Integer celsius) {
        forcedTemperature = celsius;
    }

    /// Trips the overload protection as if it had laboured too long.
    public void overload() {
        tripped = true;
    }

    /// The joint, in steps as the servo reads them, with fractions.
    public double position() {
        return actual - get(Register.HOMING_OFFSET);
    }

    /// The error byte of the servo's answers.
    int errors() {
        int bits = injectedErrors;
        if (voltage < get(Register.MIN_VOLTAGE_LIMIT) || voltage > get(Register.MAX_VOLTAGE_LIMIT)) {
            bits |= ServoStatus.VOLTAGE;
        }
        if (get(Register.PRESENT_TEMPERATURE) > get(Register.MAX_TEMPERATURE_LIMIT)) {
            bits |= ServoStatus.OVERHEAT;
        }
        if (tripped) {
            bits |= ServoStatus.OVERLOAD;
        }
        return bits;
    }

    void read(int address, int count, byte[] into, int offset) {
        for (int i = 0; i < count; i++) {
            into[offset + i] = table[address + i & 0xFF];
        }
    }

    /// Takes what came over the bus. Measured and read-only values stay as they are.
    void write(int address, byte[] data, int offset, int count) {
        boolean torqueWasOn = get(Register.TORQUE_ENABLE) == 1;
        boolean keep = get(Register.LOCK) == 0;
        for (int i = 0; i < count; i++) {
            int at = address + i & 0xFF;
            if (at < Register.ID.address() || at >= Register.PRESENT_POSITION.address() && at < 80) {
                continue;
            }
            table[at] = data[offset + i];
            if (keep && at < Register.TORQUE_ENABLE.address()) {
                kept[at] = data[offset + i];
            }
        }
        if (get(Register.TORQUE_ENABLE) == 128) {
            put(Register.HOMING_OFFSET, Math.clamp(Math.round(actual) - 2048, -2047, 2047));
            put(Register.TORQUE_ENABLE, torqueWasOn ? 1 : 0);
        }
        if (torqueWasOn && get(Register.TORQUE_ENABLE) == 0) {
            tripped = false;
            labouringSeconds = 0;
        }
        measure();
    }

    /// Lets time pass up to `nanos`.
    void advance(long nanos) {
        if (!started) {
            started = true;
            lastNanos = nanos;
        }
        double seconds = Math.min((nanos - lastNanos) * 1e-9, MAX_CATCH_UP_SECONDS);
        int steps = (int) (seconds / STEP_SECONDS);
        for (int i = 0; i < steps; i++) {
            step();
        }
        lastNanos += seconds >= MAX_CATCH_UP_SECONDS ? nanos - lastNanos : (long) (steps * STEP_SECONDS * 1e9);
        measure();
    }

    private void step() {
        if (get(Register.TORQUE_ENABLE) == 1) {
            drive();
        } else {
            velocity = 0;
            load = 0;
            if (hand != null) {
                double to = Math.clamp(hand, lowStop, highStop);
                double most = TOP_SPEED * STEP_SECONDS;
                actual += Math.clamp(to - actual, -most, most);
            }
        }
        double heating = load * load * 4e-6;
        temperature += (heating - (temperature - AMBIENT) * 0.02) * STEP_SECONDS;
    }

    private void drive() {
        double offset = get(Register.HOMING_OFFSET);
        double goal = Math.clamp(get(Register.GOAL_POSITION), get(Register.MIN_POSITION_LIMIT),
                Math.max(get(Register.MIN_POSITION_LIMIT), get(Register.MAX_POSITION_LIMIT))) + offset;
        double error = goal - actual;
        int limit = get(Register.GOAL_VELOCITY);
        double top = limit == 0 ? TOP_SPEED : Math.min(TOP_SPEED, Math.abs(limit));
        if (tripped) {
            top *= get(Register.PROTECTIVE_TORQUE) / 100.0;
        }
        int accelerationUnits = get(Register.ACCELERATION);
        double acceleration = accelerationUnits == 0 ? TOP_ACCELERATION : accelerationUnits * 100.0;
        double wanted = Math.signum(error) * Math.min(top, Math.sqrt(2 * acceleration * Math.abs(error)));
        double change = acceleration * STEP_SECONDS;
        velocity += Math.clamp(wanted - velocity, -change, change);
        double next = actual + velocity * STEP_SECONDS;
        if (Math.abs(error) <= Math.abs(velocity) * STEP_SECONDS || Math.abs(error) < 0.5) {
            next = goal;
            velocity = 0;
        }
        double low = Math.max(lowStop, lowObstacle);
        double high = Math.min(highStop, highObstacle);
        actual = Math.clamp(next, Math.min(low, actual), Math.max(high, actual));
        boolean blocked = actual != next && Math.abs(error) > 2;
        if (blocked) {
            velocity = 0;
        }
        labour(error, blocked);
    }

    private void labour(double error, boolean blocked) {
        double torque = get(Register.TORQUE_LIMIT);
        if (tripped) {
            torque = Math.min(torque, get(Register.PROTECTIVE_TORQUE) * 10.0);
        }
        double wanted = blocked
                ? Math.signum(error) * Math.min(torque, 50 + Math.abs(error) * get(Register.P_COEFFICIENT) * 0.2)
                : 20 + Math.signum(velocity) * 30 + velocity / TOP_SPEED * 250;
        load += (wanted - load) * 0.05;
        boolean labouring = Math.abs(load) >= get(Register.OVERLOAD_TORQUE) * 10.0;
        labouringSeconds = labouring ? labouringSeconds + STEP_SECONDS : 0;
        if (labouringSeconds > get(Register.PROTECTION_TIME) * 0.01) {
            tripped = true;
        }
    }

    private void measure() {
        put(Register.PRESENT_POSITION, Math.clamp(Math.round(position()), -32767, 32767));
        put(Register.PRESENT_VELOCITY, (int) Math.round(velocity));
        put(Register.PRESENT_LOAD, Math.clamp(Math.round(load), -1000, 1000));
        put(Register.PRESENT_VOLTAGE, Math.clamp(voltage - (int) Math.round(Math.abs(load) / 500), 0, 255));
        put(Register.PRESENT_TEMPERATURE, forcedTemperature != null ? forcedTemperature
                : (int) Math.round(temperature));
        put(Register.PRESENT_CURRENT, (int) Math.round(Math.abs(load) * 0.3));
        put(Register.MOVING, Math.abs(velocity) > 1 ? 1 : 0);
        put(Register.STATUS, errors());
    }
}
