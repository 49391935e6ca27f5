package sinew.runtime.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import sinew.runtime.arm.RobotException;
import sinew.runtime.camera.CameraException;
import sinew.runtime.control.ControlLoop;
import sinew.runtime.control.OperatorPanel;
import sinew.runtime.control.PolicyConnector;
import sinew.runtime.env.Env;
import sinew.runtime.monitor.MonitorServer;
import sinew.runtime.record.EpisodeRecorder;
import sinew.runtime.serve.PolicyClientException;

/// Some episodes of an environment driven by a policy, recorded and watched: what `run` and `demo` share.
final class EvalRun {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int CANCELLED = 130;

    private static final long CLEAN_END_SECONDS = 20;

    private final RunConfig config;
    private final PolicyConnector connector;
    private final PrintStream err;
    private final RunConsole console;
    private final OperatorPanel panel = new OperatorPanel();
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile ControlLoop loop;
    private volatile boolean cancelled;
    private boolean skipChecks;
    private int exitCode = FAILED;
    private RuntimeException bug;

    /// @param out UTF-8, gets the run's story
    /// @param err gets what went wrong
    EvalRun(RunConfig config, PolicyConnector connector, PrintStream out, PrintStream err) {
        this.config = config;
        this.connector = connector;
        this.err = err;
        this.console = new RunConsole(out, config.episodes());
    }

    /// This run, which goes on whatever is found wrong at its start, if `skip`.
    EvalRun skipChecks(boolean skip) {
        skipChecks = skip;
        return this;
    }

    /// Runs to the end on a thread named `control` and returns the program's exit code: 0 when all episodes ran,
    /// 1 after an error (told on `err`), 130 when cancelled. Ctrl-C ends it cleanly meanwhile.
    int run() {
        Thread onSignal = Thread.ofPlatform().name("ctrl-c").unstarted(this::cancelAndWait);
        Runtime.getRuntime().addShutdownHook(onSignal);
        Thread control = Thread.ofPlatform().name("control").start(this::control);
        try {
            control.join();
        } catch (InterruptedException e) {
            cancelAndWait();
            Thread.currentThread().interrupt();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(onSignal);
        } catch (IllegalStateException e) {
            return CANCELLED; // the signal is ending the program already
        }
        if (bug != null) {
            throw bug;
        }
        return exitCode;
    }

    /// Ends the run soon: the open episode is finalised without a verdict. Any thread.
    void cancel() {
        cancelled = true;
        ControlLoop now = loop;
        if (now != null) {
            now.cancel();
        }
    }

    /// The operator's buttons.
    OperatorPanel panel() {
        return panel;
    }

    private void cancelAndWait() {
        cancel();
        try {
            if (!over.await(CLEAN_END_SECONDS, TimeUnit.SECONDS)) {
                err.println("sinew: the last episode could not be finished within " + CLEAN_END_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void control() {
        try {
            exitCode = monitored();
        } catch (PolicyClientException | IOException e) {
            err.println("sinew: " + e.getMessage());
            exitCode = FAILED;
        } catch (RobotException | CameraException e) {
            tell(e);
            exitCode = FAILED;
        } catch (RuntimeException e) {
            bug = e;
        } finally {
            over.countDown();
        }
    }

    /// Also what went wrong while the arm was being left: that may be the more urgent.
    private void tell(RuntimeException e) {
        err.println("sinew: " + e.getMessage());
        for (Throwable second : e.getSuppressed()) {
            err.println("sinew: and then: " + second.getMessage());
        }
    }

    private int monitored() throws IOException {
        if (config.monitor() == null) {
            return connected(null);
        }
        try (MonitorServer monitor = new MonitorServer(config.monitor().host(), config.monitor().port(), panel)) {
            monitor.start();
            return connected(monitor);
        }
    }

    /// @param monitor null for none
    private int connected(MonitorServer monitor) throws IOException {
        World world = config.env();
        ControlLoop.Options options = new ControlLoop.Options(
                config.episodes(), config.waitForReset(), 0, world.actionDim(), config.serverPatience(),
                config.overlap());
        try (Env env = world.open(console::say);
                ControlLoop control = new ControlLoop(env, connector, panel, options, console::say)) {
            loop = control;
            if (cancelled) {
                return CANCELLED;
            }
            console.started(config.serverUri());
            if (!control.connect()) {
                return CANCELLED;
            }
            String monitorUrl = monitor == null ? null : monitor.url();
            console.connected(monitorUrl);
            new StartChecks(skipChecks, console::say).make(control.serverMetadata(), world, env);
            control.addListener(console);
            if (monitor != null) {
                control.addListener(monitor);
            }
            return recorded(control, monitorUrl);
        }
    }

    private int recorded(ControlLoop control, String monitorUrl) throws IOException {
        Path results;
        ControlLoop.Outcome outcome;
        // only now, so that a server that was never there leaves no empty folder
        try (EpisodeRecorder recorder = EpisodeRecorder.open(config.records(), console::say)) {
            results = recorder.runDirectory();
            control.addListener(recorder);
            console.ready(config.waitForReset());
            outcome = control.run();
        }
        if (outcome == ControlLoop.Outcome.CANCELLED) {
            console.cancelled(results);
            return CANCELLED;
        }
        console.completed(results, monitorUrl);
        return OK;
    }
}
