package sinew.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.bench.machine.Machine;

class ComparisonTest {
    @TempDir
    Path folder;

    @Test
    void flagsWhatIsMoreThanTenPercentSlower() throws IOException {
        Results.Earlier earlier = written(List.of(Samples.figure("a", 100), Samples.figure("b", 100),
                Samples.figure("c", 100), Samples.figure("gone", 1)));
        Comparison comparison = against(earlier, Samples.MACHINE, Samples.figure("a", 109), Samples.figure("b", 112),
                Samples.figure("c", 50), Samples.figure("new", 7));
        assertEquals(1, comparison.regressions());
        String text = String.join("\n", comparison.lines());
        assertTrue(text.matches("(?s).*\\bb +100.0 -> +112.0 ms +\\+12.0%  SLOWER\n.*"), text);
        assertTrue(text.matches("(?s).*\\ba +100.0 -> +109.0 ms +\\+9.0%\n.*"), text);
        assertTrue(text.matches("(?s).*\\bc +100.0 -> +50.00 ms +-50.0%  better\n.*"), text);
        assertTrue(text.endsWith("3 of 4 figures compared (that file has 4): 1 more than 10% worse"), text);
        assertTrue(!text.contains("MACHINE") && !text.contains("JDK") && !text.contains("threads"), text);
    }

    @Test
    void saysWhenTheMachineIsAnother() throws IOException {
        Results.Earlier earlier = written(List.of(Samples.figure("a", 100)));
        Machine other = new Machine("Other CPU", 4, 1, "Linux 2", "amd64", "26");
        List<String> lines = against(earlier, other, Samples.figure("a", 100)).lines();
        assertEquals("  ANOTHER MACHINE: then Test CPU with 2 cores, now Other CPU with 4 cores. "
                + "Differences may be the machines'", lines.get(1));
        assertEquals("  another JDK: then 25, now 26", lines.get(2));
    }

    @Test
    void saysWhenThereIsNothingToCompare() throws IOException {
        Comparison comparison = against(written(List.of(Samples.figure("a", 1))), Samples.MACHINE,
                Samples.figure("b", 1));
        assertEquals(0, comparison.regressions());
        assertEquals("  no figure of this run is in that file", comparison.lines().getLast());
    }

    @Test
    void refusesWhatIsNoResult() throws IOException {
        Path file = folder.resolve("other.json");
        assertTrue(assertThrows(IOException.class, () -> Results.read(file)).getMessage().contains("Write one with"));
        for (String content : List.of("{}", "[1", "[]", "{\"format\": 1, \"machine\": 3}")) {
            Files.writeString(file, content);
            String message = assertThrows(IOException.class, () -> Results.read(file), content).getMessage();
            assertTrue(message.contains("other.json is no result of"), message);
        }
    }

    @Test
    void jsonHoldsWhatTheTableShows() throws IOException {
        Figure.Versus peer = new Figure.Versus("libtorch", 80, 78, 2, 3e-6);
        written(List.of(Samples.step().withPeers(List.of(peer))));
        String json = Files.readString(folder.resolve("results.json"));
        for (String part : List.of("\"read_gbs\" : 30.0", "\"fma_512_gflops\" : 400.0", "\"share\" : 0.75",
                "\"binds\" : \"reading\"", "\"flops\" : 1800000000", "\"ratio\" : 2.0", "\"deviation\" : 3.0E-6",
                "\"kernels\" : \"simd-256\"", "\"date\" : \"2026-01-02T03:04:05Z\"", "\"cpu\" : \"Test CPU\"")) {
            assertTrue(json.contains(part), part + " is missing in\n" + json);
        }
    }

    private Results.Earlier written(List<Figure> figures) throws IOException {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        Report report = new Report(nowhere, nowhere, Samples.LIMITS);
        figures.forEach(report::add);
        Path file = folder.resolve("results.json");
        Results.write(file, Samples.MACHINE, "2026-01-02T03:04:05Z", "simd-256", List.of(Samples.LIMITS),
                Samples.LIMITS, report);
        return Results.read(file);
    }

    private static Comparison against(Results.Earlier earlier, Machine machine, Figure... figures) {
        return Comparison.of(earlier, machine, "simd-256", 2, List.of(figures));
    }
}
