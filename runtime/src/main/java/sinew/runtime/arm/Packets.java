package sinew.runtime.arm;

/// The Feetech packet format, in buffers that the caller reuses.
///
/// ```
/// instruction: FF FF | id | length | instruction | parameters | checksum
/// status:      FF FF | id | length | error       | data       | checksum
/// ```
/// The length counts what follows it; the checksum is the complement of the sum from the id on.
final class Packets {
    /// The address of all servos at once.
    static final int BROADCAST = 0xFE;

    /// Bytes of a packet beside its parameters or data.
    static final int OVERHEAD = 6;

    /// The longest packet that servos accept.
    static final int LIMIT = 250;

    private Packets() {}

    /// Completes a packet whose `parameters` bytes already stand at index 5; returns its length.
    static int finish(byte[] packet, int id, Instruction instruction, int parameters) {
        if (parameters + OVERHEAD > LIMIT) {
            throw new IllegalArgumentException(
                    "a packet has at most " + LIMIT + " bytes, this one " + (parameters + OVERHEAD));
        }
        packet[0] = (byte) 0xFF;
        packet[1] = (byte) 0xFF;
        packet[2] = (byte) id;
        packet[3] = (byte) (parameters + 2);
        packet[4] = (byte) instruction.code;
        packet[5 + parameters] = checksum(packet, 2, 3 + parameters);
        return parameters + OVERHEAD;
    }

    /// The complement of the sum of `length` bytes from `offset`.
    static byte checksum(byte[] bytes, int offset, int length) {
        int sum = 0;
        for (int i = offset; i < offset + length; i++) {
            sum += bytes[i];
        }
        return (byte) ~sum;
    }

    /// Whether exactly a status packet of servo `id` with `data` bytes of data stands at `offset`.
    static boolean isStatus(byte[] bytes, int offset, int id, int data) {
        return bytes[offset] == (byte) 0xFF
                && bytes[offset + 1] == (byte) 0xFF
                && bytes[offset + 2] == (byte) id
                && bytes[offset + 3] == (byte) (data + 2)
                && bytes[offset + 4] >= 0 // an error byte above 0x7F cannot be
                && bytes[offset + 5 + data] == checksum(bytes, offset + 2, 3 + data);
    }

    /// Bytes as people read them: `FF FF 01 02 01 FB`.
    static String hex(byte[] bytes, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(i == 0 ? "" : " ").append(String.format("%02X", bytes[i]));
        }
        return text.toString();
    }
}
