package sinew.runtime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvalCommandTest {
    @TempDir
    private Path dir;

    private StringWriter out;
    private StringWriter err;

    private int sinew(String... args) {
        out = new StringWriter();
        err = new StringWriter();
        return Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(args);
    }

    private String untrained() {
        Path checkpoint = dir.resolve("checkpoint"), weights = dir.resolve("policy.gguf");
        assertEquals(0, sinew("synth", "--config", "demo", "-o", checkpoint.toString()), () -> err.toString());
        assertEquals(0, sinew("convert", "-o", weights.toString(), checkpoint.toString()), () -> err.toString());
        return weights.toString();
    }

    private JsonNode eval(String weights, int workers) throws IOException {
        assertEquals(0, sinew("eval", "--policy.path", weights, "--episodes", "3", "--seed", "70", "--json",
                "--env.episode-length", "12", "--steps", "2", "--workers", "" + workers), () -> err.toString());
        return new ObjectMapper().readTree(out.toString());
    }

    @Test
    void anUntrainedPolicyFailsInTheSameWayOnAnyNumberOfThreads() throws IOException {
        String weights = untrained();
        JsonNode alone = eval(weights, 1), together = eval(weights, 3);
        assertEquals(3, alone.get("episodes").asInt());
        assertEquals(0, alone.get("successes").asInt());
        assertEquals(12, alone.get("results").get(2).get("steps").asInt());
        assertEquals(72, alone.get("results").get(2).get("seed").asInt());
        assertTrue(alone.get("median_steps_to_success").isNull());
        assertTrue(alone.get("wilson95_high").asDouble() > 0.5);
        assertEquals(alone.get("results"), together.get("results"));
        assertEquals(1, sinew("eval", "--policy.path", weights, "--env.task", "sort", "--episodes", "1"));
        assertTrue(err.toString().contains("left_wrist"), err.toString());
    }

    @Test
    void mistakesEndWithAWord() {
        assertEquals(2, sinew("eval", "--policy.path", "x", "--env.task", "lfit"));
        assertTrue(err.toString().contains("did you mean 'lift'"), err.toString());
        assertEquals(2, sinew("eval", "--policy.path", "x", "--episodes", "0"));
        assertEquals(1, sinew("eval", "--policy.path", dir.resolve("none").toString()));
        assertTrue(err.toString().contains("none"), err.toString());
    }
}
