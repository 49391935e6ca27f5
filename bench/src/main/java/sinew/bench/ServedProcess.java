package sinew.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sinew.bench.machine.Machine;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.serve.ConnectionEvents;
import sinew.runtime.serve.PolicyClientConfig;
import sinew.runtime.serve.WebSocketPolicyClient;

/// A real `sinew serve` process with one client, from its start to its end.
final class ServedProcess implements AutoCloseable {
    private static final Pattern LISTENING = Pattern.compile("server listening on .*:(\\d+)");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long GOODBYE_S = 20;

    private final long started = System.nanoTime();
    private final Process process;
    private final WebSocketPolicyClient client;

    /// Returns when the server listens and the connection stands.
    ///
    /// @param home  with the launcher, see docs/architecture.md
    /// @param flags for serve, besides the port
    /// @throws IOException with the server's last words when it does not come up
    ServedProcess(Path home, List<String> flags) throws IOException {
        List<String> command = new ArrayList<>(List.of(home.resolve("sinew").toString(), "serve"));
        command.addAll(List.of("--host", "127.0.0.1", "--port", "0"));
        command.addAll(flags);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("SINEW_BUILD", "never"); // what runs us is built
        process = builder.start();
        try {
            BufferedReader said = process.inputReader();
            int port = awaitPort(said);
            Thread.ofPlatform().daemon().name("serve-output").start(() -> drain(said));
            client = WebSocketPolicyClient.connect(
                    PolicyClientConfig.of("127.0.0.1", port).withMaxWait(PATIENCE), ConnectionEvents.SILENT);
        } catch (IOException | RuntimeException e) {
            end();
            throw e;
        }
    }

    private static int awaitPort(BufferedReader said) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            lines.add(line);
            Matcher listening = LISTENING.matcher(line);
            if (listening.find()) {
                return Integer.parseInt(listening.group(1));
            }
        }
        throw new IOException("sinew serve ended before it listened. It said:\n" + String.join("\n", lines));
    }

    /// A full pipe would hold the server up.
    private static void drain(BufferedReader said) {
        try {
            while (said.readLine() != null) {
                // not of interest
            }
        } catch (IOException e) {
            // The process is gone.
        }
    }

    void predict(EnvObservation observation) {
        client.infer(observation);
    }

    /// Since just before the process was started.
    double millis() {
        return (System.nanoTime() - started) / 1e6;
    }

    /// Memory in bytes, or -1 where the system does not tell. The launcher becomes the JVM, so the process is it.
    long residentBytes() {
        return Machine.residentBytes(process.pid());
    }

    @Override
    public void close() {
        client.close();
        end();
    }

    private void end() {
        process.destroy();
        try {
            if (!process.waitFor(GOODBYE_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
