package sinew.runtime.control;

import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import sinew.engine.policy.ActionPrefix;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.serve.Inference;
import sinew.runtime.serve.PolicyClient;
import sinew.runtime.serve.PolicyClientException;

/// Keeps the action queue filled: asks the policy early enough for the next chunk to be there when the last one is used
/// up, tells it what has been decided meanwhile, and joins the answer to what is being played. Used by the control thread
/// alone.
final class ChunkSupply {
    /// @param asked  the queue's time when it was asked
    /// @param frozen rows of the answer that were decided before
    private record Request(CompletableFuture<Inference> answer, long asked, int frozen, long nanos) {}

    private final PolicyLink link;
    private final ActionQueue queue;
    private final Overlap overlap;
    private final long periodNanos;
    private final BooleanSupplier give;
    private final Runnable idle;
    private final Consumer<String> log;
    private final LatencyEstimate latency = new LatencyEstimate();
    private SeamRule rule = SeamRule.CUT;
    private int prefixRows;
    private int framesAhead; // that the policy looks at beside the newest
    private FrameMemory frames = new FrameMemory(1);
    private Request pending; // null for none
    private boolean fallbackTold;
    private boolean starvationTold;
    private int starved;

    /// @param periodNanos of a control step; 0 when time waits for the next action
    /// @param give        true when nobody wants the answer any more
    /// @param idle        run a few times a second while the robot has to wait
    /// @param log         hears what the user should know
    ChunkSupply(
            PolicyLink link,
            ActionQueue queue,
            Overlap overlap,
            long periodNanos,
            BooleanSupplier give,
            Runnable idle,
            Consumer<String> log) {
        this.link = link;
        this.queue = queue;
        this.overlap = overlap;
        this.periodNanos = periodNanos;
        this.give = give;
        this.idle = idle;
        this.log = log;
    }

    /// An episode begins; what was asked for in the last one is nobody's any more.
    ///
    /// @throws PolicyClientException when the server can follow none of the wanted rules for seams
    void begin() {
        pending = null;
        starved = 0;
        queue.clear();
        PolicyClient client = link.client();
        prefixRows = client.prefixRows();
        rule = overlaps() ? choose() : SeamRule.CUT;
        framesAhead = overlaps() && client.canObserve()
                        && client.metadata().get("n_obs_steps") instanceof Number steps
                ? Math.clamp(steps.intValue() - 1L, 0, 8)
                : 0;
        frames = new FrameMemory(framesAhead + 1);
    }

    private SeamRule choose() {
        for (SeamRule wanted : overlap.seams()) {
            if (wanted != SeamRule.INPAINT || prefixRows > 0) {
                if (wanted != overlap.seams().getFirst() && !fallbackTold) {
                    fallbackTold = true;
                    log.accept("! The server cannot continue actions that are already decided (its metadata has no"
                            + " action_prefix): seams are handled by '" + wanted.id() + "'.");
                }
                return wanted;
            }
        }
        throw new PolicyClientException("The server cannot continue actions that are already decided (its metadata has no"
                + " action_prefix), which --seam inpaint needs. Use a Sinew server with a diffusion policy, or let"
                + " --seam name a rule to fall back to: --seam inpaint,blend.", false, null);
    }

    /// How the seams of this episode are made.
    SeamRule rule() {
        return rule;
    }

    /// Between two steps: takes an answer that is due, shows frames and asks for the next chunk when it is time. Does not
    /// wait, except for an answer that is due after a fixed number of steps.
    ///
    /// @param observation the newest
    /// @return the answer that was taken, or null
    Inference tend(EnvObservation observation) {
        if (!overlaps()) {
            return null;
        }
        Inference taken = pending != null && due() ? take(waitFor(pending)) : null;
        if (framesAhead > 0) {
            frames.add(observation);
        }
        if (pending == null && queue.left() > 0) {
            int spare = queue.left() - threshold();
            if (spare <= 0) {
                if (framesAhead == 0) {
                    frames.add(observation);
                }
                ask(observation, queue.left());
            } else if (spare <= framesAhead) {
                show(frames.last());
            }
        }
        return taken;
    }

    /// Waits for the next chunk, which is asked for now unless it was before.
    ///
    /// @return null when nobody wants it any more
    Inference await(EnvObservation observation) {
        if (pending == null) {
            if (overlaps()) {
                frames.add(observation);
            }
            ask(observation, 0);
        } else {
            tellStarvation();
        }
        return take(waitFor(pending));
    }

    private boolean overlaps() {
        return switch (overlap.mode()) {
            case OFF -> false;
            case AUTO -> periodNanos > 0;
            case FIXED -> true;
        };
    }

    private boolean due() {
        return overlap.mode() == Overlap.Mode.FIXED
                ? queue.time() - pending.asked >= overlap.ticks()
                : pending.answer.isDone();
    }

    private int ticks() {
        return overlap.mode() == Overlap.Mode.FIXED ? overlap.ticks() : latency.ticks();
    }

    private int threshold() {
        return ticks() + rule.margin(queue.length());
    }

    private void ask(EnvObservation observation, int left) {
        if (!overlaps()) { // nobody moves before the answer, so that the observation stays as it is
            pending = new Request(link.ask(observation, ActionPrefix.NONE), queue.time(), 0, System.nanoTime());
            return;
        }
        frames.unshown().forEach(this::show);
        int frozen = rule == SeamRule.INPAINT ? Math.min(Math.min(left, prefixRows), ticks() + 1) : 0;
        ActionPrefix prefix = rule == SeamRule.INPAINT
                ? new ActionPrefix(queue.past(framesAhead), queue.upcoming(frozen))
                : ActionPrefix.NONE;
        FrameMemory.Frame newest = frames.last();
        CompletableFuture<Inference> answer = link.ask(newest.copy(), prefix);
        newest.usedBy(answer);
        newest.markShown();
        pending = new Request(answer, queue.time(), frozen, System.nanoTime());
    }

    private void show(FrameMemory.Frame frame) {
        frame.usedBy(link.show(frame.copy()));
        frame.markShown();
    }

    private Inference waitFor(Request request) {
        return link.await(request.answer, give, idle);
    }

    private Inference take(Inference inference) {
        if (inference == null) {
            return null;
        }
        Request answered = pending;
        pending = null;
        if (periodNanos > 0) {
            latency.add((int) Math.ceilDiv(System.nanoTime() - answered.nanos, periodNanos));
        }
        queue.join(inference.actions(), answered.asked, answered.frozen, rule);
        return inference;
    }

    /// Chunks shorter than twice the latency cannot keep a robot moving, whatever the threshold.
    private void tellStarvation() {
        starved++;
        int ticks = ticks();
        if (!starvationTold && starved >= 2 && queue.length() < 2 * ticks) {
            starvationTold = true;
            log.accept("! The policy takes " + ticks + " control steps and its chunks have " + queue.length()
                    + ": the robot stands still between them. To keep moving a chunk needs " + 2 * ticks
                    + " steps, or the answer half a chunk's time.");
        }
    }
}
