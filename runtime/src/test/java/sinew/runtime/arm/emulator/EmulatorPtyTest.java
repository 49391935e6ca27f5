package sinew.runtime.arm.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sinew.runtime.arm.BusTiming;
import sinew.runtime.arm.Register;
import sinew.runtime.arm.RobotException;
import sinew.runtime.arm.ServoBus;
import sinew.runtime.arm.ServoReading;
import sinew.runtime.arm.ServoStatus;
import sinew.runtime.arm.UsbSerialLine;

/// The real serial library against emulated servos over a real pseudo-terminal.
class EmulatorPtyTest {
    private static final int[] IDS = {1, 2, 3, 4, 5, 6};
    private ArmEmulator emulator;
    private ServoBus bus;

    @BeforeEach
    void connect() throws Exception {
        emulator = ArmEmulator.start(ArmEmulator.State.CALIBRATED);
        bus = new ServoBus(UsbSerialLine.open(emulator.path(), UsbSerialLine.BAUD), BusTiming.USB);
    }

    @AfterEach
    void disconnect() {
        bus.close();
        emulator.close();
    }

    @Test
    void findsAndReadsAllServos() {
        assertEquals(List.of(1, 2, 3, 4, 5, 6), bus.pingAll());
        assertFalse(bus.ping(7));
        assertEquals(777, bus.read(3, Register.MODEL_NUMBER));
        int[] positions = new int[6];
        bus.syncRead(Register.PRESENT_POSITION, IDS, positions);
        assertArrayEquals(new int[] {2047, 2047, 2047, 2047, 2047, 2047}, positions);
    }

    @Test
    void everyByteValuePassesTheTerminal() {
        bus.close();
        // Patient, so that a fault is the terminal's and not a busy machine's.
        bus = new ServoBus(UsbSerialLine.open(emulator.path(), UsbSerialLine.BAUD), new BusTiming(2000, 2000, 150, 3));
        for (int value = 0; value < 256; value++) {
            bus.write(1, Register.GOAL_TIME, value);
            assertEquals(value, bus.read(1, Register.GOAL_TIME));
        }
        assertEquals(0, bus.statistics().faults());
    }

    @Test
    void aJointMovesToItsGoalAtItsSpeedAndStopsAtItsLimits() throws Exception {
        bus.write(1, Register.GOAL_POSITION, 2047);
        bus.write(1, Register.GOAL_VELOCITY, 1000);
        bus.write(1, Register.TORQUE_ENABLE, 1);
        bus.write(1, Register.GOAL_POSITION, 2347);
        Thread.sleep(100);
        int halfway = bus.read(1, Register.PRESENT_POSITION);
        assertTrue(halfway > 2060 && halfway < 2340, "after 0.1 s at 1000 steps/s it stands at " + halfway);
        Thread.sleep(500);
        assertEquals(2347, bus.read(1, Register.PRESENT_POSITION), 1);
        bus.write(1, Register.GOAL_VELOCITY, 0);
        bus.write(1, Register.GOAL_POSITION, 4000);
        Thread.sleep(900);
        assertEquals(bus.read(1, Register.MAX_POSITION_LIMIT), bus.read(1, Register.PRESENT_POSITION), 1);
    }

    @Test
    void aBlockedJointLaboursAndTrips() throws Exception {
        emulator.bus().change(servos -> {
            EmulatedServo pan = servos.getFirst();
            pan.obstacle(2000, 2100);
            pan.put(Register.PROTECTION_TIME, 20);
        });
        bus.write(1, Register.GOAL_POSITION, 2047);
        bus.write(1, Register.TORQUE_ENABLE, 1);
        bus.write(1, Register.GOAL_POSITION, 2600);
        Thread.sleep(700);
        ServoReading[] reading = new ServoReading[1];
        bus.syncReadAll(new int[] {1}, reading);
        assertEquals(2100, reading[0].position(), 1);
        assertTrue(reading[0].status().has(ServoStatus.OVERLOAD), reading[0].toString());
        assertTrue(reading[0].load() > 100 && reading[0].load() <= 1000, reading[0].toString());
        bus.write(1, Register.TORQUE_ENABLE, 0);
        bus.ping(1);
        assertFalse(bus.status(1).faulty(), "switching the torque off clears the trip");
    }

    @Test
    void survivesEveryFaultThatCanBeAskedFor() {
        int[] positions = new int[6];
        emulator.bus().faults(f -> f.drop(1));
        bus.syncRead(Register.PRESENT_POSITION, IDS, positions);
        emulator.bus().faults(f -> f.corrupt(2));
        bus.syncRead(Register.PRESENT_POSITION, IDS, positions);
        emulator.bus().faults(f -> f.truncate(1));
        bus.syncRead(Register.PRESENT_POSITION, IDS, positions);
        emulator.bus().faults(f -> f.garbage(1));
        bus.syncRead(Register.PRESENT_POSITION, IDS, positions);
        emulator.bus().faults(f -> f.delay(1, 60));
        bus.syncRead(Register.PRESENT_POSITION, IDS, positions);
        assertArrayEquals(new int[] {2047, 2047, 2047, 2047, 2047, 2047}, positions);
        assertTrue(bus.statistics().faults() >= 5, bus.statistics().toString());
        assertEquals(0, bus.statistics().failures());
    }

    @Test
    void anEchoingAdapterIsNoticed() {
        emulator.bus().faults(f -> f.echo(true));
        int[] positions = new int[6];
        bus.syncRead(Register.PRESENT_POSITION, IDS, positions);
        bus.syncWrite(Register.GOAL_POSITION, IDS, positions);
        bus.syncRead(Register.GOAL_POSITION, IDS, positions);
        assertArrayEquals(new int[] {2047, 2047, 2047, 2047, 2047, 2047}, positions);
        assertEquals(0, bus.statistics().faults());
    }

    @Test
    void settingsWrittenUnderLockAreLostAtPowerOff() {
        bus.write(2, Register.LOCK, 1);
        bus.write(2, Register.P_COEFFICIENT, 99);
        bus.write(2, Register.LOCK, 0);
        bus.write(2, Register.I_COEFFICIENT, 5);
        emulator.bus().change(servos -> servos.get(1).powerCycle());
        assertEquals(32, bus.read(2, Register.P_COEFFICIENT));
        assertEquals(5, bus.read(2, Register.I_COEFFICIENT));
        bus.write(2, Register.MODEL_NUMBER, 1);
        assertEquals(777, bus.read(2, Register.MODEL_NUMBER));
    }

    @Test
    void torque128CallsThePresentPlace2048() throws Exception {
        emulator.servo("elbow_flex").hand(1800);
        Thread.sleep(200);
        assertEquals(1800, bus.read(3, Register.PRESENT_POSITION), 1);
        bus.write(3, Register.TORQUE_ENABLE, 128);
        assertEquals(2048, bus.read(3, Register.PRESENT_POSITION), 1);
    }

    @Test
    void aPulledPlugIsSaidSo() {
        emulator.close();
        RobotException e = assertThrows(RobotException.class, () -> bus.read(1, Register.MODEL_NUMBER));
        assertEquals(RobotException.Kind.PORT, e.kind());
    }

    @Test
    void aPortThatIsNotThereOrTakenIsSaidSo() {
        RobotException e = assertThrows(
                RobotException.class, () -> UsbSerialLine.open("/dev/ttyNOPE9", UsbSerialLine.BAUD));
        assertEquals(RobotException.Kind.PORT, e.kind());
        assertTrue(e.getMessage().contains("/dev/ttyNOPE9"), e.getMessage());
        RobotException taken = assertThrows(
                RobotException.class, () -> UsbSerialLine.open(emulator.path(), UsbSerialLine.BAUD));
        assertTrue(taken.getMessage().contains("another program"), taken.getMessage());
    }
}
