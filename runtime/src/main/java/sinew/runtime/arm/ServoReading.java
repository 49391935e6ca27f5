package sinew.runtime.arm;

/// Everything that a servo measures, at one moment.
///
/// @param position    steps, after the homing offset
/// @param velocity    steps/s
/// @param load        0.1 % of the motor's duty; the sign is the direction
/// @param voltage     0.1 V
/// @param temperature degrees Celsius
/// @param current     in about 6.5 mA
/// @param moving      the servo is on its way
/// @param status      its error bits: of the register and of the answer together
public record ServoReading(
        int position, int velocity, int load, int voltage, int temperature, int current, boolean moving,
        ServoStatus status) {
    static final int ADDRESS = Register.PRESENT_POSITION.address();
    static final int SIZE = Register.PRESENT_CURRENT.address() + Register.PRESENT_CURRENT.size() - ADDRESS;

    static ServoReading decode(byte[] bytes, int offset, int errorByte) {
        int base = offset - ADDRESS;
        return new ServoReading(
                at(Register.PRESENT_POSITION, bytes, base),
                at(Register.PRESENT_VELOCITY, bytes, base),
                at(Register.PRESENT_LOAD, bytes, base),
                at(Register.PRESENT_VOLTAGE, bytes, base),
                at(Register.PRESENT_TEMPERATURE, bytes, base),
                at(Register.PRESENT_CURRENT, bytes, base),
                at(Register.MOVING, bytes, base) != 0,
                new ServoStatus(at(Register.STATUS, bytes, base) | errorByte));
    }

    private static int at(Register register, byte[] bytes, int base) {
        return register.decode(bytes, base + register.address());
    }
}
