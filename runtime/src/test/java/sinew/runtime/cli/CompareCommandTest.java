package sinew.runtime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.runtime.dataset.DatasetFeatures;
import sinew.runtime.dataset.LeRobotDatasetWriter;

class CompareCommandTest {
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
    void samplersAndStepsAreJudgedSideBySide() throws IOException {
        JsonNode report = json("--scheduler", "dpm++", "--steps", "6", "--observations", "3", "--against", "dpm++:6",
                "--against", "ddim:40", "--against", "ddpm:40", "--against", "ddim");
        assertEquals(6, report.get("predictions").intValue());
        assertEquals(2, report.get("seeds").intValue());
        assertTrue(report.get("dataset").isNull());
        assertFalse(report.get("refused").booleanValue());
        assertEquals("dpm++", report.at("/policy/scheduler").textValue());
        assertEquals(6, report.at("/policy/steps").intValue());
        assertTrue(report.at("/policy/prediction_ms").doubleValue() > 0);
        double noise = report.at("/noise/worst/median").doubleValue();
        assertTrue(noise > 0, "other noise gives other actions");
        List<Double> medians = report.findValues("against").getFirst().findValues("worst").stream()
                .map(worst -> worst.get("median").doubleValue())
                .toList();
        assertEquals(0, medians.getFirst(), "itself, with the same noise");
        assertTrue(medians.get(1) > 0 && medians.get(1) < noise,
                medians + ": a solver of the same equation from the same noise is nearer than other noise, " + noise);
        assertTrue(medians.get(2) > medians.get(1), medians + ": ddpm draws noise of its own");
        assertEquals("ddim", report.at("/against/3/scheduler").textValue());
        assertEquals(6, report.at("/against/3/steps").intValue(), "steps that are not named are the judged policy's");
        assertEquals(40, report.at("/against/1/steps").intValue());
        assertEquals("f32", report.at("/against/1/type").textValue());
    }

    @Test
    void weightTypesDeviateAsTheirConversionSays() throws IOException {
        assertEquals(0, sinew("convert", checkpoint.toString(), "-o", folder.resolve("p.gguf").toString(), "--type",
                "bf16", "--report-observations", "3", "--json", "--threads", "1"), err::toString);
        JsonNode conversion = new ObjectMapper().readTree(out.toString()).get("report");
        JsonNode report = json("--type", "bf16", "--against", "f32", "--observations", "3", "--seeds", "1");
        assertEquals(conversion.get("joints"), report.at("/against/0/joints"));
        assertEquals(conversion.get("worst"), report.at("/against/0/worst"));
        assertEquals("bf16", report.at("/policy/type").textValue());
        assertEquals("f32", report.at("/against/0/type").textValue());
        assertTrue(report.at("/policy/bytes").longValue() < report.at("/against/0/bytes").longValue());
        assertFalse(report.has("noise"), "one prediction from each observation has nothing to compare with");

        String file = folder.resolve("p.gguf").toString();
        JsonNode files = json("--against", file, "--observations", "3", "--seeds", "1");
        assertEquals(conversion.get("worst"), files.at("/against/0/worst"), "the same two the other way round");
    }

    @Test
    void theTextIsForPeople() {
        assertEquals(0, compare("--scheduler", "ddim", "--steps", "3", "--against", "ddpm:9", "--against", "bf16:dpm++",
                "--observations", "2"), err::toString);
        String text = out.toString();
        for (String words : List.of("deviation of the action chunk of ddim with 3 steps, f32, in robot units:",
                "from ddpm with 9 steps, f32", "from dpm++ with 3 steps, bf16", "joint 6", "worst", "99% noise",
                "2 synthetic observations, 2 predictions each", "64 values per joint", "time per prediction", " ms",
                "times as long")) {
            assertTrue(text.contains(words), () -> words + " is not in\n" + text);
        }
        assertTrue(err.toString().contains("comparing 4 predictions"), err::toString);
    }

    @Test
    void theCheckpointsOwnWayIsTheDefaultToJudgeBy() throws IOException {
        JsonNode report = json("--steps", "2", "--observations", "1", "--seeds", "1");
        assertEquals(10, report.at("/against/0/steps").intValue());
        assertEquals("ddim", report.at("/against/0/scheduler").textValue());
        assertEquals(2, compare());
        assertTrue(err.toString().contains("nothing to compare"), err::toString);
    }

    @Test
    void aGateEndsWithThree() throws IOException {
        String[] line = {"--steps", "2", "--against", "ddim:10", "--against", "ddim:2", "--observations", "1"};
        JsonNode free = json(line);
        double p99 = free.at("/against/0/worst/p99").doubleValue();
        double median = free.at("/against/0/worst/median").doubleValue();
        assertTrue(p99 > median && median > 0, free::toString);
        String between = String.valueOf((p99 + median) / 2);
        assertEquals(3, compare(with(line, "--max-error", between)));
        assertTrue(err.toString().contains("(the 99% figure of the worst joint), allowed are"), err::toString);
        assertTrue(out.toString().contains("worst"), "the report is shown all the same");
        assertEquals(0, compare(with(line, "--max-error", between, "--max-error-of", "median")), err::toString);
        assertEquals(3, compare(with(line, "--max-error", between, "--json")));
        assertTrue(new ObjectMapper().readTree(out.toString()).get("refused").booleanValue());
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
        JsonNode report = json("--steps", "2", "--dataset", dataset.toString(), "--observations", "9");
        assertEquals(5, report.get("observations").intValue(), "no frame twice");
        assertEquals("gripper.pos", report.at("/against/0/joints/5/name").textValue());
        assertEquals(1, compare("--steps", "2", "--dataset", folder.toString()));
        assertTrue(err.toString().contains("is no LeRobot data set"), err::toString);
    }

    @Test
    void mistakesAreNamed() {
        wrong("'ddmp' is no sampler (ddim, ddpm, dpm++, euler, rk4), number of steps, weight type", "--against", "ddmp:10");
        wrong("'20' is the second of its kind", "--against", "10:20");
        wrong("at least one step", "--against", "ddim:0");
        wrong("1 to 100 denoising steps", "--against", "ddim:101");
        wrong("DPM++ takes fewer steps", "--against", "dpm++:100");
        wrong("--observations wants", "--steps", "2", "--observations", "0");
        wrong("--seeds wants", "--steps", "2", "--seeds", "0");
        wrong("--max-error wants", "--steps", "2", "--max-error", "-1");
        wrong("did you mean 'dpm++'", "--scheduler", "dpm+");
        assertEquals(0, sinew("convert", checkpoint.toString(), "-o", folder.resolve("p.gguf").toString()));
        assertEquals(2, sinew("compare", "--policy.path", folder.resolve("p.gguf").toString(), "--against", "int8"));
        assertTrue(err.toString().contains("--against int8: "), err::toString);
        assertTrue(err.toString().contains("is a weights file, which has its type already"), err::toString);
    }

    @Test
    void otherPoliciesAreRefused() {
        Path other = folder.resolve("demo");
        assertEquals(0, sinew("synth", "--config", "demo", "-o", other.toString()), err::toString);
        assertEquals(1, compare("--against", other.toString()));
        assertTrue(err.toString().contains("Only policies that see and do the same can be compared"), err::toString);
    }

    private void wrong(String words, String... flags) {
        assertEquals(2, compare(flags), () -> String.join(" ", flags));
        assertTrue(err.toString().contains(words), () -> words + " is not in\n" + err);
    }

    private JsonNode json(String... flags) throws IOException {
        assertEquals(0, compare(with(flags, "--json")), err::toString);
        return new ObjectMapper().readTree(out.toString());
    }

    private int compare(String... flags) {
        return sinew(with(new String[] {"compare", "--policy.path", checkpoint.toString(), "--threads", "1"}, flags));
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
