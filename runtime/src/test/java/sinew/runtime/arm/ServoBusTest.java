package sinew.runtime.arm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// The protocol to the byte, and what the bus makes of answers that are not what they should be.
class ServoBusTest {
    private static final int[] ALL = {1, 2, 3, 4, 5, 6};
    private static final String POSITIONS =
            "FF FF 01 04 00 FF 07 F4 | FF FF 02 04 00 00 04 F5 | FF FF 03 04 00 B8 0B 35 |"
            + "FF FF 04 04 00 C4 09 2A | FF FF 05 04 00 FF 07 F0 | FF FF 06 04 00 DC 05 14";
    private static final int[] VALUES = {2047, 1024, 3000, 2500, 2047, 1500};

    private final ScriptedLine line = new ScriptedLine();
    private final ServoBus bus = new ServoBus(line, BusTiming.USB, () -> line.now);

    @Test
    void pings() {
        line.answer("FF FF 01 02 00 FC");
        assertTrue(bus.ping(1));
        assertEquals(List.of("FF FF 01 02 01 FB"), line.sent);
    }

    @Test
    void aServoThatIsNotThereDoesNotAnswerAPing() {
        assertFalse(bus.ping(1));
    }

    @Test
    void readsARegister() {
        line.answer("FF FF 01 04 00 09 03 EE");
        assertEquals(777, bus.read(1, Register.MODEL_NUMBER));
        line.answer("FF FF 01 03 00 03 F8");
        assertEquals(3, bus.read(1, Register.FIRMWARE_MAJOR));
        assertEquals(List.of("FF FF 01 04 02 03 02 F3", "FF FF 01 04 02 00 01 F7"), line.sent);
    }

    @Test
    void writesRegisters() {
        line.answer("FF FF 06 02 00 F7").answer("FF FF 06 02 00 F7").answer("FF FF 01 02 00 FC");
        bus.write(6, Register.TORQUE_ENABLE, 1);
        bus.write(6, Register.LOCK, 1);
        bus.write(1, Register.P_COEFFICIENT, 16);
        line.answer("FF FF 06 02 00 F7").answer("FF FF 01 02 00 FC");
        bus.write(6, Register.MAX_TORQUE_LIMIT, 500);
        bus.write(1, Register.HOMING_OFFSET, -709);
        assertEquals(
                List.of(
                        "FF FF 06 04 03 28 01 C9",
                        "FF FF 06 04 03 37 01 BA",
                        "FF FF 01 04 03 15 10 D2",
                        "FF FF 06 05 03 10 F4 01 EC",
                        "FF FF 01 05 03 1F C5 0A 08"),
                line.sent);
    }

    @Test
    void readsAllPositionsAtOnce() {
        line.answer(POSITIONS);
        int[] positions = new int[6];
        bus.syncRead(Register.PRESENT_POSITION, ALL, positions);
        assertArrayEquals(VALUES, positions);
        assertEquals(List.of("FF FF FE 0A 82 38 02 01 02 03 04 05 06 26"), line.sent);
    }

    @Test
    void readsEverythingMeasuredAtOnce() {
        line.answer("FF FF 01 11 20 FF 07 0A 80 2C 04 4A 23 00 20 01 00 00 10 00 6F");
        ServoReading[] readings = new ServoReading[1];
        bus.syncReadAll(new int[] {1}, readings);
        assertEquals(new ServoReading(2047, -10, -44, 74, 35, 16, true, new ServoStatus(32)), readings[0]);
        assertTrue(readings[0].status().has(ServoStatus.OVERLOAD));
        assertEquals("FF FF FE 05 82 38 0F 01 32", line.sent.getFirst());
    }

    @Test
    void writesAllGoalsAtOnce() {
        bus.syncWrite(Register.GOAL_POSITION, ALL, VALUES);
        assertEquals(
                List.of("FF FF FE 16 83 2A 02 01 FF 07 02 00 04 03 B8 0B 04 C4 09 05 FF 07 06 DC 05 A6"), line.sent);
    }

    @Test
    void keepsTheErrorBitsOfAnAnswer() {
        line.answer("FF FF 02 04 20 00 04 D5");
        assertEquals(1024, bus.read(2, Register.PRESENT_POSITION));
        assertTrue(bus.status(2).has(ServoStatus.OVERLOAD));
        assertEquals("overload (relieve it, then switch the torque off and on)", bus.status(2).describe());
        assertFalse(new ServoStatus(16).faulty(), "bit 4 is information");
    }

    @Test
    void asksAgainAfterGarbageAndWantsTwoAnswersToAgree() {
        line.answer("13 37 FF FF 01 04 00 09 03 EE").answer("FF FF 01 04 00 09 03 EE")
                .answer("FF FF 01 04 00 09 03 EE");
        assertEquals(777, bus.read(1, Register.MODEL_NUMBER));
        assertEquals(3, line.sent.size());
        assertEquals(1, bus.statistics().faults());
    }

    @Test
    void refusesAWrongAnswerWithARightChecksum() {
        // After a fault the second answer is garbled so that its checksum fits; the third and fourth are right.
        line.answer("FF FF 01 04 00 09").answer("FF FF 01 04 00 0A 02 EE").answer("FF FF 01 04 00 09 03 EE")
                .answer("FF FF 01 04 00 09 03 EE");
        assertEquals(777, bus.read(1, Register.MODEL_NUMBER));
    }

    @Test
    void refusesAnAnswerWithAByteTooMany() {
        // 09 doubled: the packet in front has a fitting checksum only by its place, and a byte is left over.
        line.answer("FF FF 01 04 00 09 03 EE EE").answer("FF FF 01 04 00 09 03 EE").answer("FF FF 01 04 00 09 03 EE");
        assertEquals(777, bus.read(1, Register.MODEL_NUMBER));
        assertEquals(1, bus.statistics().faults());
    }

    @Test
    void anAnswerAfterSomethingStaleMustBeConfirmed() {
        line.noise("FC");
        line.answer("FF FF 01 04 00 09 03 EE").answer("FF FF 01 04 00 09 03 EE").answer("FF FF 01 04 00 09 03 EE");
        assertEquals(777, bus.read(1, Register.MODEL_NUMBER));
        assertEquals(3, line.sent.size());
    }

    @Test
    void namesTheServosAndTheCureWhenNobodyAnswers() {
        RobotException e = assertThrows(
                RobotException.class, () -> bus.syncRead(Register.PRESENT_POSITION, ALL, new int[6]));
        assertEquals(RobotException.Kind.BUS, e.kind());
        assertTrue(e.getMessage().contains("[1, 2, 3, 4, 5, 6]") && e.getMessage().contains("powered"), e.getMessage());
    }

    @Test
    void toleratesAnEchoingAdapter() {
        line.echo = true;
        line.answer("FF FF 01 02 00 FC").answer("FF FF 01 04 00 09 03 EE");
        assertTrue(bus.ping(1));
        assertEquals(777, bus.read(1, Register.MODEL_NUMBER));
        bus.syncWrite(Register.GOAL_POSITION, ALL, VALUES);
        line.answer(POSITIONS);
        int[] positions = new int[6];
        bus.syncRead(Register.PRESENT_POSITION, ALL, positions);
        assertArrayEquals(VALUES, positions);
        assertEquals(0, bus.statistics().faults());
    }

    @Test
    void anAnswerThatLooksLikeItsQuestionIsNoEcho() {
        line.answer("FF FF 01 02 01 FB"); // a ping answered with "voltage" looks like the ping itself
        assertTrue(bus.ping(1));
        assertTrue(bus.status(1).has(ServoStatus.VOLTAGE));
        line.answer("FF FF 01 04 00 09 03 EE");
        assertEquals(777, bus.read(1, Register.MODEL_NUMBER));
    }

    @Test
    void aServoThatConfirmsNoWritesIsAskedWhatItHolds() {
        line.answer("").answer("FF FF 01 03 00 10 EB").answer("FF FF 01 03 00 10 EB");
        bus.write(1, Register.P_COEFFICIENT, 16);
        assertEquals("FF FF 01 04 02 15 01 E2", line.sent.get(1));
    }

    @Test
    void aVanishedPortIsSaidSo() {
        line.gone = true;
        RobotException e = assertThrows(RobotException.class, () -> bus.read(1, Register.MODEL_NUMBER));
        assertEquals(RobotException.Kind.PORT, e.kind());
    }

    @Test
    void registersHoldSignAndMagnitude() {
        byte[] bytes = new byte[2];
        Register.PRESENT_LOAD.encode(-44, bytes, 0);
        assertArrayEquals(new byte[] {0x2C, 0x04}, bytes);
        assertEquals(-44, Register.PRESENT_LOAD.decode(bytes, 0));
        Register.GOAL_POSITION.encode(-5, bytes, 0);
        assertArrayEquals(new byte[] {0x05, (byte) 0x80}, bytes);
        for (int value : new int[] {-2047, -1, 0, 1, 2047}) {
            Register.HOMING_OFFSET.encode(value, bytes, 0);
            assertEquals(value, Register.HOMING_OFFSET.decode(bytes, 0));
        }
        assertThrows(IllegalArgumentException.class, () -> Register.HOMING_OFFSET.encode(2048, bytes, 0));
        assertThrows(IllegalArgumentException.class, () -> Register.TORQUE_LIMIT.encode(-1, bytes, 0));
        assertThrows(IllegalArgumentException.class, () -> Register.ID.encode(256, bytes, 0));
    }
}
