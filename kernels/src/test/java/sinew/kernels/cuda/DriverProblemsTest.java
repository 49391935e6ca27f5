package sinew.kernels.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sinew.kernels.DeviceException;

/// What is said where a GPU cannot be used. The driver is looked at once per process, so each case is one of its own.
@Timeout(60)
class DriverProblemsTest {
    /// What the processes run: the device's name, or why there is none.
    static final class Main {
        private Main() {}

        @SuppressWarnings("restricted")
        public static void main(String[] args) {
            if (!args[1].isEmpty()) {
                System.load(args[1]);
            }
            try (var device = Devices.open(args[0])) {
                System.out.println(device.name());
            } catch (DeviceException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @Test
    void noDriver() throws Exception {
        String said = open("cuda", "", Map.of());
        Assumptions.assumeFalse(said.startsWith("cuda:"), "there is a real GPU");
        assertTrue(said.startsWith("there is no NVIDIA driver on this machine"), said);
        assertTrue(said.endsWith("or use --device cpu"), said);
        assertEquals("cpu", open("auto", "", Map.of()));
    }

    @Test
    void aDriverThatIsTooOld() throws Exception {
        String said = emulated("cuda", "SINEW_EMULATOR_DRIVER", "11040");
        assertTrue(said.startsWith("the NVIDIA driver is too old: it knows CUDA 11.4, Sinew wants driver 525"), said);
        assertEquals("cpu", emulated("auto", "SINEW_EMULATOR_DRIVER", "11040"));
    }

    @Test
    void noGpu() throws Exception {
        String said = emulated("cuda", "SINEW_EMULATOR_DEVICES", "0");
        assertTrue(said.startsWith("the NVIDIA driver is there but finds no GPU"), said);
        assertEquals("cpu", emulated("auto", "SINEW_EMULATOR_DEVICES", "0"));
    }

    @Test
    void aGpuThatIsTooOld() throws Exception {
        String said = emulated("cuda", "SINEW_EMULATOR_CAPABILITY", "7");
        assertTrue(said.contains("too old: it has compute capability 7.0, Sinew's kernels want 8.0"), said);
        assertEquals("cpu", emulated("auto", "SINEW_EMULATOR_CAPABILITY", "7"));
    }

    @Test
    void aGpuThatIsFull() throws Exception {
        String said = emulated("cuda", "SINEW_EMULATOR_MEMORY", "1000");
        assertTrue(said.contains("the GPU's memory is full"), said);
    }

    @Test
    void severalGpus() throws Exception {
        assertEquals("cuda:1", emulated("cuda:1", "SINEW_EMULATOR_DEVICES", "2"));
        String said = emulated("cuda:2", "SINEW_EMULATOR_DEVICES", "2");
        assertEquals("there is no GPU 2: this machine has 2, cuda:0 to cuda:1", said);
    }

    private static String emulated(String device, String setting, String value) throws Exception {
        return open(device, CudaEmulator.library().toString(), Map.of(setting, value));
    }

    private static String open(String device, String library, Map<String, String> environment)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--add-modules=jdk.incubator.vector"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), device, library));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output.lines().filter(line -> !line.startsWith("WARNING")).reduce("", (a, b) -> a + b);
    }
}
