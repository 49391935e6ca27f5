package sinew.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The choice is made once per process, so each case is a process of its own.
@Timeout(60)
class KernelsLookupTest {
    private static final String MODULE = "--add-modules=jdk.incubator.vector";

    /// What the processes run.
    static final class Main {
        private Main() {}

        public static void main(String[] args) {
            System.out.println(Kernels.best().name());
        }
    }

    @Test
    void vectorsWhereTheModuleIs() throws Exception {
        assertTrue(lines(MODULE).contains("simd-" + Simd.BITS));
        assertTrue(lines(MODULE, "-Dsinew.vector.bits=128").contains("simd-128"));
    }

    @Test
    void plainAndAReasonWhereItIsNot() throws Exception {
        List<String> lines = lines();
        assertTrue(lines.contains("scalar"), lines.toString());
        assertEquals(1, lines.stream().filter(line -> line.contains("--add-modules")).count(), lines.toString());
    }

    @Test
    void plainOnRequest() throws Exception {
        List<String> lines = lines(MODULE, "-Dsinew.kernels=scalar");
        assertTrue(lines.contains("scalar"), lines.toString());
        assertTrue(lines.stream().anyMatch(line -> line.contains("-Dsinew.kernels=scalar")), lines.toString());
    }

    private static List<String> lines(String... flags) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flags));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output.lines().toList();
    }
}
