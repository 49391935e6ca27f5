package sinew.runtime.arm;

/// The control table of a Feetech STS3215 servo: where each value lives, how long it is and how its sign is stored.
///
/// Values are little-endian. A register with a sign bit holds sign and magnitude, not two's complement.
/// Addresses 5 to 39 are EPROM: they are kept over power-off, and only while [#LOCK] is 0.
public enum Register {
    FIRMWARE_MAJOR(0, 1, Access.READ_ONLY),
    FIRMWARE_MINOR(1, 1, Access.READ_ONLY),
    /// 777 for an STS3215.
    MODEL_NUMBER(3, 2, Access.READ_ONLY),
    ID(5, 1, Access.EPROM),
    /// 0 is 1 Mbaud.
    BAUD_RATE(6, 1, Access.EPROM),
    /// In units of 2 us.
    RETURN_DELAY_TIME(7, 1, Access.EPROM),
    /// 1 answers every instruction, 0 only READ and PING.
    RESPONSE_STATUS_LEVEL(8, 1, Access.EPROM),
    MIN_POSITION_LIMIT(9, 2, Access.EPROM),
    MAX_POSITION_LIMIT(11, 2, Access.EPROM),
    /// In degrees Celsius.
    MAX_TEMPERATURE_LIMIT(13, 1, Access.EPROM),
    /// In 0.1 V.
    MAX_VOLTAGE_LIMIT(14, 1, Access.EPROM),
    /// In 0.1 V.
    MIN_VOLTAGE_LIMIT(15, 1, Access.EPROM),
    /// In 0.1 %; copied to [#TORQUE_LIMIT] at power-on.
    MAX_TORQUE_LIMIT(16, 2, Access.EPROM),
    /// A bit field; bit 4 makes the servo count whole turns.
    PHASE(18, 1, Access.EPROM),
    UNLOADING_CONDITION(19, 1, Access.EPROM),
    LED_ALARM_CONDITION(20, 1, Access.EPROM),
    P_COEFFICIENT(21, 1, Access.EPROM),
    D_COEFFICIENT(22, 1, Access.EPROM),
    I_COEFFICIENT(23, 1, Access.EPROM),
    MINIMUM_STARTUP_FORCE(24, 2, Access.EPROM),
    CW_DEAD_ZONE(26, 1, Access.EPROM),
    CCW_DEAD_ZONE(27, 1, Access.EPROM),
    /// In about 6.5 mA.
    PROTECTION_CURRENT(28, 2, Access.EPROM),
    ANGULAR_RESOLUTION(30, 1, Access.EPROM),
    /// In steps: present position = actual position - offset.
    HOMING_OFFSET(31, 2, Access.EPROM, 11),
    /// 0 position, 1 velocity, 2 PWM, 3 step.
    OPERATING_MODE(33, 1, Access.EPROM),
    PROTECTIVE_TORQUE(34, 1, Access.EPROM),
    PROTECTION_TIME(35, 1, Access.EPROM),
    OVERLOAD_TORQUE(36, 1, Access.EPROM),
    VELOCITY_P_COEFFICIENT(37, 1, Access.EPROM),
    OVER_CURRENT_PROTECTION_TIME(38, 1, Access.EPROM),
    VELOCITY_I_COEFFICIENT(39, 1, Access.EPROM),
    /// 0 off, 1 on; 128 makes the present position read 2048.
    TORQUE_ENABLE(40, 1, Access.RAM),
    /// In 100 steps/s²; 0 is no limit.
    ACCELERATION(41, 1, Access.RAM),
    /// In steps.
    GOAL_POSITION(42, 2, Access.RAM, 15),
    GOAL_TIME(44, 2, Access.RAM),
    /// In steps/s; 0 is as fast as it can.
    GOAL_VELOCITY(46, 2, Access.RAM, 15),
    /// In 0.1 %.
    TORQUE_LIMIT(48, 2, Access.RAM),
    /// 0: writes to EPROM addresses are kept.
    LOCK(55, 1, Access.RAM),
    /// In steps, after the offset.
    PRESENT_POSITION(56, 2, Access.MEASURED, 15),
    /// In steps/s.
    PRESENT_VELOCITY(58, 2, Access.MEASURED, 15),
    /// In 0.1 % of the motor's duty.
    PRESENT_LOAD(60, 2, Access.MEASURED, 10),
    /// In 0.1 V.
    PRESENT_VOLTAGE(62, 1, Access.MEASURED),
    /// In degrees Celsius.
    PRESENT_TEMPERATURE(63, 1, Access.MEASURED),
    /// Bits as in [ServoStatus].
    STATUS(65, 1, Access.MEASURED),
    MOVING(66, 1, Access.MEASURED),
    /// In about 6.5 mA.
    PRESENT_CURRENT(69, 2, Access.MEASURED, 15),
    /// In 100 steps/s²; LeRobot sets it to 254.
    MAXIMUM_ACCELERATION(85, 1, Access.RAM);

    /// Who may change a register, and whether it lasts.
    public enum Access { READ_ONLY, EPROM, RAM, MEASURED }

    private static final int UNSIGNED = -1;

    private final int address;
    private final int size;
    private final Access access;
    private final int signBit;

    Register(int address, int size, Access access) {
        this(address, size, access, UNSIGNED);
    }

    Register(int address, int size, Access access, int signBit) {
        this.address = address;
        this.size = size;
        this.access = access;
        this.signBit = signBit;
    }

    public int address() {
        return address;
    }

    /// In bytes: 1 or 2.
    public int size() {
        return size;
    }

    public Access access() {
        return access;
    }

    /// The value that the bytes at `offset` stand for.
    public int decode(byte[] bytes, int offset) {
        int raw = bytes[offset] & 0xFF;
        if (size == 2) {
            raw |= (bytes[offset + 1] & 0xFF) << 8;
        }
        if (signBit == UNSIGNED) {
            return raw;
        }
        int magnitude = raw & ((1 << signBit) - 1);
        return (raw >> signBit & 1) == 0 ? magnitude : -magnitude;
    }

    /// Writes `value` as this register's bytes at `offset`.
    ///
    /// @throws IllegalArgumentException when the value does not fit
    public void encode(int value, byte[] bytes, int offset) {
        int raw = value;
        int limit = signBit == UNSIGNED ? 1 << 8 * size : 1 << signBit;
        if (signBit != UNSIGNED && value < 0) {
            raw = -value | 1 << signBit;
        }
        if (Math.abs((long) value) >= limit || signBit == UNSIGNED && value < 0) {
            throw new IllegalArgumentException(this + " holds "
                    + (signBit == UNSIGNED ? "0" : Integer.toString(1 - limit)) + " to " + (limit - 1) + ", got "
                    + value);
        }
        bytes[offset] = (byte) raw;
        if (size == 2) {
            bytes[offset + 1] = (byte) (raw >> 8);
        }
    }
}
