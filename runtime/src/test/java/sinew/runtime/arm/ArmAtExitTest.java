package sinew.runtime.arm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sinew.runtime.arm.emulator.ArmEmulator;

/// What becomes of the torque when the program that holds the arm ends.
class ArmAtExitTest {
    private ArmEmulator emulator;

    @BeforeEach
    void start() throws Exception {
        emulator = ArmEmulator.start(ArmEmulator.State.CALIBRATED);
    }

    @AfterEach
    void end() {
        emulator.close();
    }

    private Process child(String onStop, String what) throws Exception {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1", "-cp", classPath,
                        ArmChild.class.getName(), emulator.path(), onStop, what)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader out = child.inputReader();
        assertEquals("moving", out.readLine());
        return child;
    }

    private int torques() {
        int[] on = new int[1];
        emulator.bus().change(servos -> servos.forEach(s -> on[0] += s.get(Register.TORQUE_ENABLE)));
        return on[0];
    }

    @Test
    void anErrorThatNobodyCatchesReleasesTheTorque() throws Exception {
        Process child = child("hold", "crash");
        assertTrue(child.waitFor(20, TimeUnit.SECONDS));
        assertEquals(0, torques());
    }

    @Test
    void beingToldToEndLeavesTheArmAsConfigured() throws Exception {
        Process child = child("hold", "run");
        assertEquals(6, torques());
        child.destroy();
        assertTrue(child.waitFor(20, TimeUnit.SECONDS));
        assertEquals(6, torques());
        child = child("limp", "run");
        child.destroy();
        assertTrue(child.waitFor(20, TimeUnit.SECONDS));
        assertEquals(0, torques());
    }
}
