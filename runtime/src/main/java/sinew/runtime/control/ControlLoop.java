package sinew.runtime.control;

import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import sinew.runtime.arm.RobotException;
import sinew.runtime.camera.CameraException;
import sinew.runtime.env.Env;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvStep;
import sinew.runtime.env.Ticks;
import sinew.runtime.serve.Inference;
import sinew.runtime.serve.PolicyClientException;

/// Drives an environment with a policy, episode by episode:
///
/// ```
/// reset ─▶ observe ─▶ few actions left? ask the policy for a chunk ─▶ pop an action ─▶ step ─┐
///             ▲                                                                               │
///             └───────────────────────────────────────────────────────────────────────────────┘
/// ```
///
/// With an [Overlap] the policy thinks while the last chunk is being played. Where none is left the robot waits: the
/// environment is told so a few times a second, and it may refuse to wait any longer.
///
/// An episode ends when the environment says so, when the operator presses Stop (at once, also while a
/// prediction is under way), or when it is interrupted: the connection broke, then the loop reconnects and
/// goes on with the next episode; the server refused, then the run fails; [#cancel], then the run ends.
///
/// [#run] belongs to one thread; [#cancel] may come from any.
public final class ControlLoop implements AutoCloseable {
    /// How the loop behaves.
    ///
    /// @param episodes        how many to run, interrupted ones included
    /// @param waitForReset    every episode waits for the operator's Reset
    /// @param rowsPerChunk    rows of each chunk that are played, 0 for all
    /// @param actionDim       values of an action, A
    /// @param serverPatience  gives up on an unreachable server after this long; zero waits for ever
    /// @param overlap         whether the next chunk is asked for while the last one is being played
    public record Options(
            int episodes,
            boolean waitForReset,
            int rowsPerChunk,
            int actionDim,
            Duration serverPatience,
            Overlap overlap) {
        /// One chunk after the other.
        public Options(int episodes, boolean waitForReset, int rowsPerChunk, int actionDim, Duration serverPatience) {
            this(episodes, waitForReset, rowsPerChunk, actionDim, serverPatience, Overlap.OFF);
        }
    }

    /// How a run ended.
    public enum Outcome {
        COMPLETED,
        CANCELLED
    }

    private static final long PREVIEW_MS = 200;
    private static final String ENDED = "The run was ended by its user.";

    private final Env env;
    private final PolicyLink link;
    private final OperatorPanel panel;
    private final Options options;
    private final Consumer<String> log;
    private final StepJournal journal;
    private final ActionQueue queue;
    private final BooleanSupplier cancelledNow = () -> this.cancelled;
    private final BooleanSupplier ending;
    private final ChunkSupply supply;
    private SeamMeter seams = new SeamMeter(SeamRule.CUT);
    private volatile boolean cancelled;
    private EnvObservation observation;
    private Backoff lossBackoff = Backoff.afterLoss();

    /// @param log told in words about connection trouble; called on the control thread
    public ControlLoop(
            Env env,
            PolicyConnector connector,
            OperatorPanel panel,
            Options options,
            Consumer<String> log) {
        this.env = env;
        this.link = new PolicyLink(connector);
        this.panel = panel;
        this.options = options;
        this.log = log;
        this.journal = new StepJournal();
        this.queue = new ActionQueue(options.actionDim(), options.rowsPerChunk());
        this.ending = () -> this.cancelled || panel.stopRequested();
        this.supply = new ChunkSupply(link, queue, options.overlap(), env.periodNanos(), ending, env::idle, log);
        panel.onStop(link::wake);
    }

    /// Adds someone who watches; before [#run].
    public void addListener(StepListener listener) {
        journal.addListener(listener);
    }

    /// Waits for the server. The client is in [#serverMetadata] afterwards.
    ///
    /// @return false when cancelled meanwhile
    /// @throws PolicyClientException when trying again is pointless or patience ran out
    public boolean connect() {
        boolean connected = link.connect(Backoff.untilServerStarts(), options.serverPatience(), log, cancelledNow);
        if (connected) {
            supply.begin(); // says now, and not when somebody has pressed Reset, what the server cannot do
        }
        return connected;
    }

    /// What the connected server said about itself.
    public Map<String, Object> serverMetadata() {
        return link.client().metadata();
    }

    /// Runs the episodes after [#connect].
    ///
    /// @throws PolicyClientException when the server refuses or stays away; the episode has been finalised
    public Outcome run() {
        while (!cancelled && journal.episode() < options.episodes()) {
            if (!awaitReset()) {
                break;
            }
            try {
                if (!link.reset(cancelledNow)) {
                    break;
                }
                runEpisode();
            } catch (PolicyClientException e) {
                interrupted(e.getMessage());
                if (!e.connectionLost()) {
                    journal.connection(Connection.FAILED, e.getMessage());
                    throw e;
                }
                if (!reconnect(e)) {
                    break;
                }
            } catch (RobotException | CameraException e) {
                if (cancelled) { // Ctrl-C stops the arm at once, under the hands of the step that is being made
                    log.accept(e.getMessage());
                    interrupted(ENDED);
                    break;
                }
                interrupted(e.getMessage());
                throw e;
            } catch (RuntimeException e) {
                interrupted(e.toString());
                throw e;
            }
        }
        return cancelled ? Outcome.CANCELLED : Outcome.COMPLETED;
    }

    /// Ends the run soon: the open episode is finalised without a verdict. Any thread.
    public void cancel() {
        cancelled = true;
        link.wake();
    }

    /// Finished episodes so far.
    public Tally tally() {
        return journal.tally();
    }

    @Override
    public void close() {
        link.close();
    }

    private boolean awaitReset() {
        if (!options.waitForReset()) {
            return true;
        }
        panel.requireReset();
        do {
            if (cancelled) {
                return false;
            }
            journal.idle(env.observe());
        } while (!panel.awaitReset(PREVIEW_MS));
        return true;
    }

    /// Motion ends before anything is told or written, whatever ends the episode.
    private void runEpisode() {
        try {
            playEpisode();
        } catch (PolicyClientException e) {
            env.pause();
            throw e;
        }
    }

    private void playEpisode() {
        panel.beginEpisode();
        supply.begin();
        seams = new SeamMeter(supply.rule());
        observation = env.reset();
        journal.begin(observation);
        while (!cancelled) {
            OperatorPanel.Stop stop = panel.takeStop();
            if (stop != null) {
                env.pause();
                journal.pace(env.ticks(), seams.summary(true));
                journal.stopped(stop.success());
                return;
            }
            if (queue.isEmpty()) {
                note(supply.await(observation));
            } else if (step()) {
                return;
            }
        }
        env.pause();
        interrupted(ENDED);
    }

    private void note(Inference inference) {
        if (inference != null) {
            lossBackoff = Backoff.afterLoss();
            journal.chunk(inference, queue.length());
        }
    }

    private boolean step() {
        note(supply.tend(observation));
        if (ending.getAsBoolean()) {
            return false; // perhaps while an answer was waited for
        }
        float[] action = queue.pop();
        long idleBefore = idleTicks();
        EnvStep outcome = env.step(action);
        observation = outcome.observation();
        seams.add(journal.step() + 1, action, queue.begins(), queue.inSeam(), idleTicks() > idleBefore);
        if (outcome.done()) {
            env.pause();
        }
        journal.pace(env.ticks(), seams.summary(outcome.done()));
        journal.step(outcome, action, queue.left());
        return outcome.done();
    }

    private long idleTicks() {
        Ticks ticks = env.ticks();
        return ticks == null ? 0 : ticks.idle();
    }

    private void interrupted(String why) {
        journal.pace(env.ticks(), seams.summary(true));
        journal.interrupted(why);
    }

    private boolean reconnect(PolicyClientException loss) {
        if (cancelled || journal.episode() >= options.episodes()) {
            return false;
        }
        journal.connection(Connection.RECONNECTING, loss.getMessage());
        Consumer<String> tellAll = words -> {
            log.accept(words);
            journal.connection(Connection.RECONNECTING, words);
        };
        boolean back = link.reconnect(lossBackoff, options.serverPatience(), tellAll, cancelledNow);
        if (back) {
            log.accept("Connected again.");
            journal.connection(Connection.CONNECTED, null);
        }
        return back;
    }
}
