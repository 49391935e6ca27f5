package sinew.runtime.arm.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import sinew.runtime.arm.Register;
import sinew.runtime.arm.ServoStatus;

class EmulatorConsoleTest {
    @Test
    void doesWhatItIsToldAndExplainsWhatItCannot() throws Exception {
        try (ArmEmulator left = ArmEmulator.start(ArmEmulator.State.CALIBRATED);
                ArmEmulator right = ArmEmulator.start(ArmEmulator.State.CALIBRATED)) {
            EmulatorConsole console = new EmulatorConsole(List.of(left, right));
            assertEquals("ok", console.execute("heat right.gripper 60"));
            assertEquals("ok", console.execute("error left.gripper 0x20"));
            left.bus().change(all -> {});
            right.bus().change(all -> {});
            assertEquals(60, right.servo("gripper").get(Register.PRESENT_TEMPERATURE));
            assertEquals(31, left.servo("gripper").get(Register.PRESENT_TEMPERATURE));
            assertTrue(new ServoStatus(left.servo("gripper").get(Register.STATUS)).has(ServoStatus.OVERLOAD));
            assertEquals("ok", console.execute("only left.gripper"));
            assertTrue(console.execute("show").contains("gripper        id 6  2047"));
            for (String line : List.of("heat gripper 60", "heat left.hand 60", "heat left.gripper warm", "heat",
                    "dance", "echo maybe", "only")) {
                assertTrue(console.execute(line).length() > 10, line);
            }
            assertEquals("", console.execute("  "));
            assertTrue(console.execute("help").contains("overload JOINT"));
        }
    }
}
