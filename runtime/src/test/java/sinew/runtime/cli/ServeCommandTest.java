package sinew.runtime.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import sinew.convert.SyntheticCheckpoint;
import sinew.convert.SyntheticPreset;
import sinew.convert.safetensors.Dtype;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.serve.ConnectionEvents;
import sinew.runtime.serve.Inference;
import sinew.runtime.serve.PolicyClientConfig;
import sinew.runtime.serve.WebSocketPolicyClient;

/// `sinew serve` from a checkpoint directory to a client's arms.
@Timeout(60)
class ServeCommandTest {
    @TempDir
    static Path folder;

    private static Path checkpoint;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void writeCheckpoint() throws IOException {
        checkpoint = folder.resolve("tiny");
        SyntheticCheckpoint.write(SyntheticPreset.TINY, checkpoint, 1, Dtype.F32, tensor -> {});
    }

    @Test
    void servesACheckpointUntilItIsEnded() throws Exception {
        CompletableFuture<Integer> exit = new CompletableFuture<>();
        Thread serving = start(exit, "--policy.path", checkpoint.toString(), "--policy.task", "stack",
                "--host", "127.0.0.1", "--port", "0", "--seed", "42", "--policy.act-steps", "5", "--threads", "1");
        int port = port(exit);
        float[][] first;
        try (var client = connect(port)) {
            assertEquals("DiffusionPolicy", client.metadata().get("policy_type"));
            assertEquals("stack", client.metadata().get("task"));
            assertEquals(checkpoint.toString(), client.metadata().get("model_path"));
            assertEquals("cpu", client.metadata().get("device"));
            assertEquals(5L, client.metadata().get("n_action_steps"));
            client.reset();
            Inference inference = client.infer(observation());
            first = inference.actions();
            assertEquals(5, first.length);
            assertEquals(6, first[0].length);
            assertFalse(Arrays.equals(new float[6], first[0]));
            assertFalse(Arrays.equals(first, client.infer(observation()).actions()), "every chunk is predicted afresh");
        }
        try (var client = connect(port)) {
            assertFalse(Arrays.deepEquals(first, client.infer(observation()).actions()), "a random stream of its own");
        }
        serving.interrupt();
        assertEquals(0, exit.get(20, TimeUnit.SECONDS));
        for (String line : List.of("✓ Server created successfully",
                "Waiting for client connections at ws://127.0.0.1:" + port,
                "server listening on 127.0.0.1:" + port, "connection open (0 from 127.0.0.1:",
                "connection closed (0: closed by the client",
                "ddim, 10 steps, seed 42", "up to 8 robots share a pass", "Shutting down",
                "by the number of robots that shared them: 30 for 1")) {
            assertTrue(out.toString().contains(line), line + " in\n" + out);
        }

        CompletableFuture<Integer> again = new CompletableFuture<>();
        Thread second = start(again, "--policy.path", checkpoint.toString(), "--host", "127.0.0.1", "--port", "0",
                "--seed", "42");
        try (var client = connect(port(again))) {
            assertEquals("lift", client.metadata().get("task"));
            assertArrayEquals(first, Arrays.copyOf(client.infer(observation()).actions(), 5),
                    "equal seeds, equal chunks");
        }
        second.interrupt();
        assertEquals(0, again.get(20, TimeUnit.SECONDS));
    }

    @Test
    void aPortInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertFails(1, "the port is in use", "--policy.path", checkpoint.toString(), "--host", "127.0.0.1",
                    "--port", Integer.toString(taken.getLocalPort()));
        }
        assertFalse(out.toString().contains("Loading"), "told before the policy is loaded");
    }

    @Test
    void mistakesAreToldPlainly() {
        String path = checkpoint.toString();
        assertFails(1, "the policy moves 6 joints, task sort has 12", "--policy.path", path, "--policy.task", "sort",
                "--port", "0");
        assertFails(1, "more than the 16 actions", "--policy.path", path, "--policy.act-steps", "17", "--port", "0");
        assertFails(1, "no such file", "--policy.path", folder.resolve("nothing").toString(), "--port", "0");
        assertFails(2, "unknown task 'lfit': did you mean 'lift'?", "--policy.path", path, "--policy.task", "lfit");
        assertFails(2, "devices are cpu, cuda", "--policy.path", path, "--policy.device", "gpu");
        assertFails(2, "did you mean 'ddim'?", "--policy.path", path, "--scheduler", "dim");
        assertFails(2, "--max-batch wants a number from 1 to 64, got 0", "--policy.path", path, "--max-batch", "0");
        assertFails(2, "--steps wants a number from 1 on, got 0", "--policy.path", path, "--steps", "0");
        assertFails(2, "port 70000 is not between", "--policy.path", path, "--port", "70000");
        assertFails(2, "--policy.path", "--port", "0");
        assertFails(2, "--policy.task", "--policy.path", path, "--policy.tsk", "lift");
    }

    private void assertFails(int code, String words, String... args) {
        err.getBuffer().setLength(0);
        assertEquals(code, command().execute(with("serve", args)), err::toString);
        assertTrue(err.toString().contains(words), words + " in\n" + err);
        assertFalse(err.toString().contains("\tat "), err::toString);
    }

    private Thread start(CompletableFuture<Integer> exit, String... args) {
        return Thread.ofPlatform().daemon().name("serve-test")
                .start(() -> exit.complete(command().execute(with("serve", args))));
    }

    private CommandLine command() {
        return Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    }

    private static String[] with(String first, String... rest) {
        String[] all = new String[rest.length + 1];
        all[0] = first;
        System.arraycopy(rest, 0, all, 1, rest.length);
        return all;
    }

    /// Waits for the line that tells the port of the server started last.
    private int port(CompletableFuture<Integer> exit) throws InterruptedException {
        Pattern listening = Pattern.compile("server listening on 127.0.0.1:(\\d+)");
        int from = Math.max(0, out.toString().lastIndexOf("Shutting down"));
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (System.nanoTime() < deadline && !exit.isDone()) {
            Matcher matcher = listening.matcher(out.toString().substring(from));
            if (matcher.find()) {
                return Integer.parseInt(matcher.group(1));
            }
            Thread.sleep(20);
        }
        throw new AssertionError("no server: " + out + err);
    }

    private static WebSocketPolicyClient connect(int port) {
        return WebSocketPolicyClient.connect(PolicyClientConfig.of("127.0.0.1", port), ConnectionEvents.SILENT);
    }

    private static EnvObservation observation() {
        return new EnvObservation(Map.of("arm", new float[] {1, -50, 40, 30, 0, 20}), Map.of(), "lift up the red cube");
    }
}
