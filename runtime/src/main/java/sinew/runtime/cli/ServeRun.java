package sinew.runtime.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.policy.SamplerSpec;
import sinew.runtime.checks.TaskFit;
import sinew.runtime.env.EnvTask;
import sinew.runtime.serve.PolicyMetadata;
import sinew.runtime.serve.PolicyServer;
import sinew.runtime.serve.PolicyServerConfig;
import sinew.runtime.serve.ServerEvents;

/// A policy being served until somebody ends it, and what the operator is told meanwhile.
final class ServeRun implements ServerEvents {
    private static final Duration DRAIN = Duration.ofSeconds(15);
    private static final int OK = 0;
    private static final int FAILED = 1;

    private final Policy policy;
    private final Path path;
    private final EnvTask task;
    private final SamplingOptions sampling;
    private final long seed;
    private final PolicyServerConfig config;
    private final PrintWriter out;
    private final PrintWriter err;
    private final CountDownLatch over = new CountDownLatch(1);
    /// Somebody connected, or the server is ending: no time to warm up.
    private volatile boolean busy;
    private volatile boolean ending;
    private PolicyServer server;

    /// @param policy closed at the end
    /// @param task   null for one of the user's own
    /// @param seed   connection k draws noise as `torch.manual_seed(seed + k)` does
    ServeRun(
            Policy policy,
            Path path,
            EnvTask task,
            SamplingOptions sampling,
            long seed,
            PolicyServerConfig config,
            PrintWriter out,
            PrintWriter err) {
        this.policy = policy;
        this.path = path;
        this.task = task;
        this.sampling = sampling;
        this.seed = seed;
        this.config = config;
        this.out = out;
        this.err = err;
    }

    /// Serves until the program is told to end (Ctrl-C) or this thread is interrupted.
    int run() {
        int rows = config.actionSteps() == 0 ? policy.spec().nActionSteps() : config.actionSteps();
        Map<String, Object> metadata =
                PolicyMetadata.of(policy, task == null ? "custom" : task.id(), path.toString(), policy.device(), rows);
        if (!config.renames().isEmpty()) {
            metadata.put("rename_map", config.renames());
        }
        server = new PolicyServer(config, policy, k -> new TorchRandom(seed + k), sampling, metadata, this);
        try {
            server.start();
        } catch (IOException e) {
            err.println("sinew serve: " + e.getMessage());
            err.flush();
            policy.close();
            return FAILED;
        }
        Thread onSignal = Thread.ofPlatform().name("ctrl-c").unstarted(this::end);
        Runtime.getRuntime().addShutdownHook(onSignal);
        tellReady(rows);
        warmUp();
        try {
            over.await();
        } catch (InterruptedException e) {
            end();
            Thread.currentThread().interrupt();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(onSignal);
        } catch (IllegalStateException e) {
            // The signal is ending the program already.
        }
        return OK;
    }

    private void warmUp() {
        try {
            policy.warmUp(line -> say("  " + line), () -> busy);
        } catch (IllegalStateException e) {
            if (!ending) {
                throw e;
            }
        }
    }

    private synchronized void end() {
        ending = true;
        busy = true;
        if (over.getCount() > 0) {
            say("Shutting down: finishing the predictions that are being made, saying goodbye to "
                    + server.connectionCount() + " clients");
            server.stop(DRAIN);
            tellShares();
            policy.close();
            over.countDown();
        }
    }

    private void tellShares() {
        long[] counts = policy.passCounts();
        List<String> words = new ArrayList<>();
        for (int robots = 1; robots <= counts.length; robots++) {
            long passes = counts[robots - 1];
            if (passes > 0) {
                words.add(passes + " for " + robots);
            }
        }
        if (!words.isEmpty()) {
            say("Denoising steps by the number of robots that shared them: " + String.join(", ", words));
        }
    }

    private void tellReady(int rows) {
        PolicySpec spec = policy.spec();
        say("✓ Server created successfully");
        String custom = "custom (fits none of " + String.join(", ", EnvTask.ids()) + ")";
        say("  task      " + (task == null ? custom : task.id()));
        say("  inputs    " + inputs(spec));
        say("  actions   " + rows + " x " + spec.action().size() + " per chunk, " + spec.nObsSteps()
                + " observations each");
        say("  device    " + policy.device());
        say("  sampler   " + sampler(spec) + ", seed " + seed);
        say("  batch     up to " + policy.passCounts().length + " robots share a pass");
        if (config.apiKey() != null) {
            say("  clients   must send the API key");
        }
        String at = config.host() + ":" + server.port();
        say("Waiting for client connections at ws://" + at);
        say("server listening on " + at);
    }

    private static String inputs(PolicySpec spec) {
        List<String> words = new ArrayList<>();
        for (Feature feature : spec.inputs()) {
            words.add(feature.type() == FeatureType.VISUAL
                    ? TaskFit.shortName(feature) + " " + feature.shape().get(2) + "x" + feature.shape().get(1)
                    : TaskFit.shortName(feature) + " [" + feature.size() + "]");
        }
        return String.join(", ", words);
    }

    private String sampler(PolicySpec spec) {
        SamplerSpec sampler = spec.sampler(sampling);
        return sampler.steps() == 1 ? sampler.name() : sampler.name() + ", " + sampler.steps() + " steps";
    }

    @Override
    public void opened(long connection, String peer) {
        busy = true;
        say("connection open (" + connection + " from " + peer + ")");
    }

    @Override
    public void closed(long connection, String why) {
        say("connection closed (" + connection + ": " + firstLine(why) + ")");
    }

    @Override
    public void failed(long connection, String message, Throwable bug) {
        synchronized (err) {
            err.println("connection " + connection + ": " + message);
            if (bug != null) {
                bug.printStackTrace(err);
            }
            err.flush();
        }
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    private void say(String line) {
        synchronized (out) {
            out.println(line);
            out.flush();
        }
    }
}
