package sinew.bench.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sinew.kernels.Workers;

class MachineTest {
    @Test
    void cloudMachinesAreToldApartByFamilyAndModel() {
        Map<String, String> fields = Map.of("model name", "AMD EPYC", "cpu family", "26", "model", "2");
        String cpu = Machine.cpuName(fields, "amd64");
        assertEquals("AMD EPYC family 26 model 2", cpu);
        Machine machine = new Machine(cpu, 2, 0, "Linux", "amd64", "25");
        assertEquals("amd-epyc-family-26-model-2-2-cores", machine.slug());
        assertTrue(machine.isLike(new Machine(cpu, 2, 99, "Linux 6", "amd64", "25.1")));
        assertFalse(machine.isLike(new Machine(cpu, 4, 0, "Linux", "amd64", "25")));
        assertEquals("aarch64 part 0xd0c", Machine.cpuName(Map.of("CPU part", "0xd0c"), "aarch64"));
        assertEquals("aarch64", Machine.cpuName(Map.of(), "aarch64"));
    }

    @Test
    void trademarksStayOutOfFileNames() {
        Machine machine = new Machine("Intel(R) Xeon(R) CPU @ 2.80GHz", 8, 0, "Linux", "amd64", "25");
        assertEquals("intel-xeon-cpu-2-80ghz-8-cores", machine.slug());
    }

    @Test
    void limitsAreMeasuredForEveryPart() {
        assertEquals(List.of(1, 2, 4, 6), LimitsMeter.threadCounts(6));
        assertEquals(List.of(1), LimitsMeter.threadCounts(1));
        try (LimitsMeter meter = new LimitsMeter(128, 20); Workers workers = Workers.of(2)) {
            Limits limits = meter.measure(workers);
            assertEquals(2, limits.threads());
            assertEquals(128, limits.fma().getFirst().bits());
            assertTrue(limits.bytesPerSecond() > 1e8, limits.toString());
            assertTrue(limits.flopsPerSecond() > 1e8, limits.toString());
            assertTrue(limits.read().best() >= limits.read().median());
        }
    }

    @Test
    void chainsOfMultiplyAddsConverge() {
        for (int bits : new int[] {128, 256, 512}) {
            assertTrue(Float.isFinite(FmaLoop.run(bits, 10_000)));
            assertEquals(2.0 * 12 * bits / 32 * 10, FmaLoop.flops(bits, 10));
        }
    }
}
