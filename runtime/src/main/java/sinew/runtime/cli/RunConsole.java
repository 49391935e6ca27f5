package sinew.runtime.cli;

import java.io.PrintStream;
import sinew.runtime.control.Ending;
import sinew.runtime.control.Phase;
import sinew.runtime.control.StepListener;
import sinew.runtime.control.StepRecord;

/// What a run tells its user, in the words that users of the Python client know. Lines come whole, from
/// any thread.
final class RunConsole implements StepListener {
    private static final String RULE = "=".repeat(70);
    private static final int STEPS_PER_LINE = 10;

    private final PrintStream out;
    private final int episodes;
    private int chunkLengthTold;

    RunConsole(PrintStream out, int episodes) {
        this.out = out;
        this.episodes = episodes;
    }

    void started(String serverUri) {
        say(RULE);
        say("DiffusionPolicy Client Started");
        say(RULE);
        say("Connecting to Server at " + serverUri);
    }

    /// @param monitorUrl null for none
    void connected(String monitorUrl) {
        say("✓ Connected to Server!");
        if (monitorUrl != null) {
            say("✓ MonitorWrapper on " + monitorUrl);
        }
    }

    void ready(boolean waitForReset) {
        say(RULE);
        if (waitForReset) {
            say("Press Reset in the monitor to start an episode.");
        }
    }

    void completed(Object results, String monitorUrl) {
        say("");
        say(RULE);
        say("✅ All episodes completed!");
        say("Results saved to: " + results);
        if (monitorUrl != null) {
            say("MonitorWrapper: " + monitorUrl);
        }
        say(RULE);
    }

    void cancelled(Object results) {
        say("");
        say("Ended before all episodes were run.");
        say("Results saved to: " + results);
    }

    void say(String line) {
        synchronized (out) {
            out.println(line);
            out.flush();
        }
    }

    @Override
    public void onStep(StepRecord record) {
        if (record.phase() == Phase.RESET) {
            chunkLengthTold = 0;
            say("");
            say("🎬 Episode " + record.episode() + "/" + episodes);
        }
        if (record.phase() == Phase.STEP && record.ending() != Ending.INTERRUPTED) {
            step(record);
        }
        if (record.ending() != null) {
            ended(record);
        }
    }

    private void step(StepRecord record) {
        if (record.chunk().length() != chunkLengthTold) {
            chunkLengthTold = record.chunk().length();
            say("  ✓ Received " + chunkLengthTold + " actions from Server");
        }
        if (record.step() % STEPS_PER_LINE == 0) {
            say("  Step " + record.step() + ": action shape=(" + record.applied().length + ",), done="
                    + (record.done() ? "True" : "False"));
        }
    }

    private void ended(StepRecord record) {
        String steps = " (" + record.step() + " steps)";
        switch (record.ending()) {
            case COMPLETED -> say("  ✓ Episode " + record.episode() + " completed" + steps);
            case STOPPED -> say(
                    "  ■ Episode " + record.episode() + " stopped by the operator" + steps + verdict(record));
            case INTERRUPTED -> say(
                    "  ✗ Episode " + record.episode() + " interrupted" + steps + ": " + record.error());
        }
        String pace = PaceText.of(record.pace());
        if (pace != null) {
            say(pace);
        }
    }

    private static String verdict(StepRecord record) {
        return record.success() == null ? "" : record.success() ? ", a success" : ", a failure";
    }
}
