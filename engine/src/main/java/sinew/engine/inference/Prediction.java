package sinew.engine.inference;

import sinew.engine.diffusion.NoiseScheduler;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.NoiseSource;

/// A session's prediction on its way through the denoising steps. A session has one and uses it again and again.
///
/// It belongs to the session's thread, which starts it and hands it to the [PredictionQueue], and from then on, until
/// it is finished, to whoever drives the queue.
final class Prediction {
    final History history;
    final Schedule schedule;
    final float[] sample; // [T * C]
    final float[] output; // [T * C]
    final Known known; // [T * C] what of the sample is given; the session's thread may change it between predictions
    int slot; // its place among those under way
    boolean forNobody; // part of a warm-up: not counted
    private final NoiseScheduler scheduler;
    private final NoiseSource source;
    private final float[] memory; // [room * T * C] the scheduler's own
    private final float[][] draws; // [steps] of [T * C], null where the step uses no noise
    private int step; // the next one
    private ActionChunk chunk;
    private Throwable failure;
    private boolean refused;
    private Thread caller; // null while it is not in a queue
    private volatile boolean finished;

    /// @param size of a sample: T * C
    Prediction(History history, NoiseSource source, NoiseScheduler scheduler, Schedule schedule, int size) {
        this.history = history;
        this.source = source;
        this.scheduler = scheduler;
        this.schedule = schedule;
        sample = new float[size];
        output = new float[size];
        known = new Known(size);
        memory = new float[size * scheduler.room()];
        draws = new float[scheduler.steps()][];
        for (int i = 0; i < draws.length; i++) {
            draws[i] = scheduler.drawsNoise(i) ? new float[size] : null;
        }
    }

    /// Goes back to the start and draws all its noise, in the order in which the steps use it: here and not in the
    /// steps, because the source is the caller's, may be slow, and may throw.
    void start() {
        if (caller != null) {
            throw new IllegalStateException("a session makes one prediction at a time");
        }
        source.fill(sample, sample.length);
        known.begin(sample);
        for (float[] draw : draws) {
            if (draw != null) {
                source.fill(draw, draw.length);
            }
        }
        step = 0;
        chunk = null;
        failure = null;
        refused = false;
        finished = false;
    }

    int steps() {
        return draws.length;
    }

    /// Position in the schedule of the step that comes next.
    int step() {
        return step;
    }

    boolean afterLastStep() {
        return step == draws.length;
    }

    /// Writes what is given over the sample, as the step that comes next shows it to the network.
    void impose() {
        if (!known.isEmpty()) {
            known.impose(sample, scheduler.signal(step), scheduler.noise(step));
        }
    }

    /// Writes what is given over the finished sample.
    void conclude() {
        known.impose(sample);
    }

    /// Takes in what the network said about the sample.
    void advance() {
        scheduler.step(step, output, sample, draws[step], memory, sample.length);
        step++;
    }

    /// The noise that a step uses; null where it uses none.
    float[] draw(int step) {
        return draws[step];
    }

    /// The sample has taken all its steps elsewhere.
    void skipToEnd() {
        step = draws.length;
    }

    void succeed(ActionChunk result) {
        chunk = result;
    }

    /// Allocates nothing: there may be no memory left, and somebody waits to be told.
    void fail(Throwable cause) {
        failure = cause;
    }

    /// The policy was closed before it could begin.
    void refuse() {
        refused = true;
    }

    /// Whether there is nothing left to do for it.
    boolean isSettled() {
        return chunk != null || failure != null;
    }

    void enter(Thread thread) {
        caller = thread;
    }

    Thread caller() {
        return caller;
    }

    /// Gives it back to its caller; the last that a driver does with it.
    void finish() {
        finished = true;
    }

    boolean isFinished() {
        return finished;
    }

    /// On the caller's thread, once it is finished.
    ActionChunk leave() {
        caller = null;
        if (refused) {
            throw new IllegalStateException(PredictionQueue.CLOSED);
        }
        if (failure != null) {
            throw new IllegalStateException("the prediction failed: " + failure, failure);
        }
        return chunk;
    }
}
