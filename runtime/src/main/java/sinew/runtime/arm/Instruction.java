package sinew.runtime.arm;

/// What a packet to the servos asks for.
enum Instruction {
    PING(0x01),
    READ(0x02),
    WRITE(0x03),
    SYNC_READ(0x82),
    SYNC_WRITE(0x83);

    final int code;

    Instruction(int code) {
        this.code = code;
    }
}
