package sinew.runtime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.runtime.dataset.DatasetFeatures;
import sinew.runtime.dataset.LeRobotDatasetWriter;

/// The report at the end of a conversion, and commands that run policies of other types than f32.
class TypeReportTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path checkpoint;

    @BeforeEach
    void synthesize() {
        checkpoint = folder.resolve("tiny");
        assertEquals(0, sinew("synth", "--config", "tiny", "-o", checkpoint.toString(), "--seed", "7"), err::toString);
    }

    @Test
    void theReportSaysWhatATypeCosts() throws IOException {
        assertEquals(0, convert("--type", "bf16", "--report-observations", "4"), err::toString);
        String text = out.toString();
        for (String words : List.of("joint 6", "worst", "4 synthetic observations", "ddim with 10 steps",
                "64 values per joint", "as f32", "of its range", "--report-speed")) {
            assertTrue(text.contains(words), () -> words + " is not in\n" + text);
        }
        assertTrue(err.toString().contains("comparing 4 predictions"), err::toString);

        JsonNode report = report("--type", "bf16", "--report-observations", "3", "--report-seeds", "2",
                "--report-steps", "2", "--report-speed");
        assertEquals(6, report.get("predictions").intValue());
        assertEquals(96, report.get("values_per_joint").intValue());
        assertEquals(2, report.get("steps").intValue());
        assertTrue(report.get("dataset").isNull());
        assertEquals(6, report.get("joints").size());
        double worst = 0;
        for (JsonNode joint : report.get("joints")) {
            assertTrue(joint.get("median").doubleValue() > 0 && joint.get("median").doubleValue()
                    <= joint.get("p99").doubleValue(), joint::toString);
            assertTrue(joint.get("p99").doubleValue() <= joint.get("max").doubleValue(), joint::toString);
            worst = Math.max(worst, joint.get("max").doubleValue());
        }
        assertEquals(worst, report.at("/worst/max").doubleValue());
        assertTrue(worst < 20, "a tenth of the range of 200: " + worst);
        assertEquals(Files.size(folder.resolve("p.gguf")), report.get("bytes").longValue());
        assertTrue(report.get("step_ms").doubleValue() > 0 && report.get("f32_step_ms").doubleValue() > 0);
        assertEquals(0, convert("--type", "f32", "--no-report"));
        assertEquals(Files.size(folder.resolve("p.gguf")), report.get("f32_bytes").longValue());
    }

    @Test
    void theSameCommandGivesTheSameFigures() throws IOException {
        String[] line = {"--type", "bf16", "--report-observations", "2", "--report-steps", "2"};
        assertEquals(report(line), report(line));
    }

    @Test
    void aGateReplacesNoGoodFile() throws IOException {
        Path file = folder.resolve("p.gguf");
        Files.writeString(file, "precious");
        String[] strict = {"--type", "bf16", "--report-observations", "2", "--max-error", "1e-9"};
        assertEquals(3, convert(strict));
        assertEquals("precious", Files.readString(file));
        assertTrue(err.toString().contains("the 99% figure of the worst joint), allowed are 1.000e-09"), err::toString);
        assertTrue(out.toString().contains("worst"), "the report is shown all the same");
        assertFalse(out.toString().contains("next:"), out::toString);
        assertEquals(3, convert("--type", "bf16", "--report-observations", "2", "--max-error", "1e-9", "--json"));
        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertTrue(json.at("/problems/0").textValue().contains("deviation"), json::toString);
        assertTrue(json.at("/report/worst/p99").doubleValue() > 1e-9, json::toString);
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of("p.gguf", "tiny"), left.map(f -> f.getFileName().toString()).sorted().toList());
        }
        double max = json.at("/report/worst/max").doubleValue();
        double median = json.at("/report/worst/median").doubleValue();
        String between = String.valueOf((max + median) / 2);
        String[] line = {"--type", "bf16", "--report-observations", "2", "--max-error", between, "--max-error-of"};
        assertEquals(3, convert(with(line, "max")));
        assertEquals(0, convert(with(line, "median")), err::toString);
        assertEquals(Files.size(file), new ObjectMapper().readTree(inspect(file)).get("bytes").longValue());
    }

    @Test
    void thereMayBeNothingToReport() {
        assertEquals(0, convert("--type", "f32", "--max-error", "0.1"), err::toString);
        assertTrue(out.toString().contains("nothing to compare"), out::toString);
        for (String[] off : new String[][] {{"--no-report"}, {"--report-observations", "0"}}) {
            assertEquals(0, convert(with(off, "--type", "int8")), err::toString);
            assertFalse(out.toString().contains("deviation"), out::toString);
            assertEquals(2, convert(with(off, "--type", "int8", "--max-error", "1")));
            assertTrue(err.toString().contains("--max-error needs the report: leave out " + off[0]), err::toString);
        }
        for (String[] wrong : new String[][] {
            {"--report-observations", "-1"}, {"--report-seeds", "0"}, {"--report-steps", "0"}, {"--max-error", "-1"},
            {"--max-error", "none"}, {"--max-error-of", "mean"}}) {
            assertEquals(2, convert(with(wrong, "--type", "bf16")), () -> String.join(" ", wrong));
            assertTrue(err.toString().contains(wrong[0]), err::toString);
        }
    }

    @Test
    void aDataSetGivesObservationsAndNames() throws IOException {
        Path dataset = folder.resolve("set");
        try (LeRobotDatasetWriter writer =
                new LeRobotDatasetWriter(dataset, DatasetFeatures.so101(1, List.of(), 30))) {
            for (int frame = 0; frame < 5; frame++) {
                writer.frame(new float[] {frame, 0, 0, 0, 0, 50}, new float[6], Map.of(), new float[0]);
            }
            writer.endEpisode("lift");
        }
        JsonNode report = report("--type", "bf16", "--calibrate", dataset.toString(), "--report-observations", "9");
        assertEquals(5, report.get("observations").intValue(), "no frame twice");
        assertEquals(dataset.toString(), report.get("dataset").textValue());
        assertEquals("gripper.pos", report.at("/joints/5/name").textValue());

        Path two = folder.resolve("two");
        try (LeRobotDatasetWriter writer = new LeRobotDatasetWriter(two, DatasetFeatures.so101(2, List.of(), 30))) {
            writer.frame(new float[12], new float[12], Map.of(), new float[0]);
            writer.endEpisode("sort");
        }
        Path file = folder.resolve("p.gguf");
        Files.delete(file);
        assertEquals(1, convert("--type", "bf16", "--calibrate", two.toString()));
        String wanted = "has no observation.state [6] for the policy; it has observation.state [12]";
        assertTrue(err.toString().contains(wanted), err::toString);
        assertEquals(1, convert("--type", "bf16", "--calibrate", folder.toString()));
        assertTrue(err.toString().contains("is no LeRobot data set"), err::toString);
        assertFalse(Files.exists(file));
    }

    @Test
    void directoriesAreConvertedToTheWantedType() throws IOException {
        Path in = Path.of("src/test/resources/goldens/envstate-sample/golden.safetensors");
        Path golden = copy(Path.of("src/test/resources/goldens/envstate-sample"), folder.resolve("golden"));
        for (String type : List.of("f32", "bf16", "int8")) {
            assertEquals(0, sinew("predict", "--policy.path", golden.toString(), "--type", type, "--threads", "1",
                    "--input", in.toString(), "--output", folder.resolve(type + ".safetensors").toString()), err::toString);
            Path cached = golden.resolve("sinew-cache-" + type + ".gguf");
            JsonNode types = new ObjectMapper().readTree(inspect(cached)).get("types");
            List<String> stored = new ArrayList<>();
            types.forEach(t -> stored.add(t.get("type").textValue()));
            assertEquals(type.equals("f32"), !stored.contains("BF16"), () -> type + " has " + stored);
        }
        assertFalse(Arrays.equals(Files.readAllBytes(folder.resolve("f32.safetensors")),
                Files.readAllBytes(folder.resolve("bf16.safetensors"))), "the type has an effect");
        Path file = golden.resolve("sinew-cache-f32.gguf");
        for (String command : List.of("predict", "serve", "eval", "demo")) {
            String[] line = {command, "--policy.path", file.toString(), "--type", "int8"};
            assertEquals(2, sinew(command.equals("predict") ? with(line, "--input", "x", "--output", "y") : line));
            assertTrue(err.toString().contains("is a weights file, which has its type already"), err::toString);
        }
    }

    private static Path copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return to;
    }

    private JsonNode report(String... flags) throws IOException {
        assertEquals(0, convert(with(flags, "--json")), err::toString);
        return new ObjectMapper().readTree(out.toString()).get("report");
    }

    private String inspect(Path file) {
        assertEquals(0, sinew("inspect", file.toString(), "--json"), err::toString);
        return out.toString();
    }

    private int convert(String... flags) {
        return sinew(with(new String[] {"convert", checkpoint.toString(), "-o", folder.resolve("p.gguf").toString(),
            "--threads", "1"}, flags));
    }

    private static String[] with(String[] line, String... more) {
        return Stream.concat(Arrays.stream(line), Arrays.stream(more)).toArray(String[]::new);
    }

    private int sinew(String... line) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(line);
    }
}
