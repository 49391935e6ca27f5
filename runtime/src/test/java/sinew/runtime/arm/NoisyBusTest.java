package sinew.runtime.arm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import sinew.runtime.arm.emulator.ArmEmulator;
import sinew.runtime.arm.emulator.EmulatedBus;
import sinew.runtime.arm.emulator.EmulatedServo;

/// Whatever happens to the bytes, a position is right, or there is an exception.
class NoisyBusTest {
    private static final int[] IDS = {1, 2, 3, 4, 5, 6};
    private static final int ROUNDS = 40;

    /// Six servos that hands hold at random places; the noise spares the goals, which nobody confirms.
    private static final class Setup {
        final List<EmulatedServo> servos = ArmEmulator.servos(ArmEmulator.State.CALIBRATED, 74);
        final NoisyLine line;
        final ServoBus bus;
        final Random random;

        Setup(long seed, NoisyLine.Noise noise) {
            line = new NoisyLine(seed, noise);
            line.servos = new EmulatedBus(servos, () -> line.now);
            bus = new ServoBus(line, BusTiming.USB, () -> line.now);
            random = new Random(seed ^ 0x5EED);
        }

        void moveSomewhere() {
            servos.forEach(s -> s.hand(500 + random.nextInt(3000)));
            line.now += 3_000_000_000L;
        }
    }

    @Property(tries = 80)
    void positionsAreRightOrRefused(
            @ForAll long seed,
            @ForAll @DoubleRange(max = 0.02) double drop,
            @ForAll @DoubleRange(max = 0.02) double duplicate,
            @ForAll @DoubleRange(max = 0.02) double corrupt,
            @ForAll @DoubleRange(max = 0.02) double delay) {
        Setup s = new Setup(seed, new NoisyLine.Noise(drop, duplicate, corrupt, delay));
        int[] positions = new int[6];
        int read = 0;
        for (int round = 0; round < ROUNDS; round++) {
            s.moveSomewhere();
            try {
                s.bus.syncRead(Register.PRESENT_POSITION, IDS, positions);
            } catch (RobotException e) {
                assertEquals(RobotException.Kind.BUS, e.kind());
                continue;
            }
            read++;
            for (int i = 0; i < 6; i++) {
                assertEquals(s.servos.get(i).position(), positions[i], 1, "servo " + IDS[i] + " in round " + round);
            }
        }
        if (drop + duplicate + corrupt + delay < 0.003) {
            assertTrue(read > ROUNDS * 3 / 4, "a little noise must not stop the bus, got " + read + " of " + ROUNDS);
        }
    }

    /// Registers of equal length follow each other: a late answer must not pass for the next register's.
    @Property(tries = 100)
    void settingsAreRightOrRefused(@ForAll long seed, @ForAll @DoubleRange(max = 0.05) double noise) {
        Setup s = new Setup(seed, new NoisyLine.Noise(noise / 4, noise / 4, noise / 4, noise));
        Register[] registers = {Register.MIN_POSITION_LIMIT, Register.MAX_POSITION_LIMIT, Register.HOMING_OFFSET};
        for (int round = 0; round < ROUNDS; round++) {
            int id = 1 + s.random.nextInt(6);
            Register register = registers[s.random.nextInt(3)];
            try {
                assertEquals(s.servos.get(id - 1).get(register), s.bus.read(id, register), register + " of " + id);
            } catch (RobotException e) {
                assertEquals(RobotException.Kind.BUS, e.kind());
            }
        }
    }

    /// Every single fault at every byte of an answer is seen, at once.
    @Test
    void everySingleFaultIsSeen() {
        String right = "FFFF010400FF07F4FFFF02040000" + "04F5";
        byte[] bytes = ScriptedLine.bytes(right);
        int[] values = new int[2];
        for (int at = 0; at < bytes.length; at++) {
            for (int kind = 0; kind < 10; kind++) {
                ScriptedLine line = new ScriptedLine();
                line.answer(right); // the first two say whether there is an echo
                ServoBus bus = new ServoBus(line, BusTiming.USB, () -> line.now);
                bus.syncRead(Register.PRESENT_POSITION, new int[] {1, 2}, values);
                line.answer(damaged(bytes, at, kind)).answer(right).answer(right);
                bus.syncRead(Register.PRESENT_POSITION, new int[] {1, 2}, values);
                assertEquals(2047, values[0]);
                assertEquals(1024, values[1]);
                assertEquals(1, bus.statistics().faults(), "fault " + kind + " at byte " + at);
            }
        }
    }

    private static String damaged(byte[] bytes, int at, int kind) {
        StringBuilder hex = new StringBuilder();
        for (int i = 0; i < bytes.length; i++) {
            String b = String.format("%02X", bytes[i]);
            if (i != at) {
                hex.append(b);
            } else if (kind < 8) {
                hex.append(String.format("%02X", (bytes[i] ^ 1 << kind) & 0xFF));
            } else if (kind == 8) {
                hex.append(b).append(b);
            }
        }
        return hex.toString();
    }

    @Test
    void aBusThatIsAllNoiseGivesUpInTime() {
        Setup s = new Setup(1, new NoisyLine.Noise(0.2, 0.2, 0.2, 0.2));
        long start = s.line.now;
        try {
            s.bus.syncRead(Register.PRESENT_POSITION, IDS, new int[6]);
        } catch (RobotException e) {
            assertEquals(RobotException.Kind.BUS, e.kind());
        }
        assertTrue(s.line.now - start < 2_000_000_000L, "took " + (s.line.now - start) / 1e6 + " ms");
    }
}
