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
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.serve.PolicyMetadata;
import sinew.runtime.serve.PolicyServer;
import sinew.runtime.serve.PolicyServerConfig;
import sinew.runtime.serve.ServerEvents;

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
    void aServerPlaysTheSameEpisodes() throws IOException {
        String weights = untrained();
        JsonNode here = eval(weights, 1);
        try (Policy policy = Policies.load(Path.of(weights), LoadOptions.defaults());
                PolicyServer server = new PolicyServer(PolicyServerConfig.of("127.0.0.1", 0), policy, TorchRandom::new,
                        new SamplingOptions(null, 2), PolicyMetadata.of(policy, "lift", weights, "cpu", 8),
                        ServerEvents.SILENT)) {
            server.start();
            assertEquals(0, sinew("eval", "--server", "ws://127.0.0.1:" + server.port(), "--episodes", "3", "--seed",
                    "70", "--json", "--env.episode-length", "12", "--workers", "2"), () -> err.toString());
        }
        assertEquals(here.get("results"), new ObjectMapper().readTree(out.toString()).get("results"));
    }

    @Test
    void mistakesEndWithAWord() {
        assertEquals(2, sinew("eval", "--policy.path", "x", "--env.task", "lfit"));
        assertTrue(err.toString().contains("did you mean 'lift'"), err.toString());
        assertEquals(2, sinew("eval", "--policy.path", "x", "--episodes", "0"));
        assertEquals(1, sinew("eval", "--policy.path", dir.resolve("none").toString()));
        assertTrue(err.toString().contains("none"), err.toString());
        assertEquals(2, sinew("eval", "--policy.path", "x", "--server", "ws://127.0.0.1:1"));
        assertEquals(2, sinew("eval", "--server", "ws://127.0.0.1:1", "--steps", "3"));
        assertTrue(err.toString().contains("sinew serve"), err.toString());
        assertEquals(2, sinew("eval", "--type", "int8"), "the bundled policy has its type");
        assertTrue(err.toString().contains("lift-sim.gguf"), err.toString());
        assertEquals(1, sinew("eval", "--server", "ws://127.0.0.1:1", "--episodes", "1"));
        assertTrue(err.toString().contains("127.0.0.1:1"), err.toString());
    }
}
