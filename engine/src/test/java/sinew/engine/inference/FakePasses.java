package sinew.engine.inference;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import sinew.engine.diffusion.NoiseScheduler;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.SchedulerSpec;

/// Networks that take a step when the test lets them, and write down who was in it.
final class FakePasses implements Passes {
    /// One entry per step: the names of those in it, in order, and the thread that ran it.
    final List<String> steps = Collections.synchronizedList(new ArrayList<>());
    final List<String> drivers = Collections.synchronizedList(new ArrayList<>());
    final Semaphore gate = new Semaphore(0);
    /// Names of those whose join fails on their own account, and of one whose presence breaks a whole call.
    volatile String unfit = "";
    volatile String joinBreaker = "";
    volatile String stepBreaker = "";
    private final Map<Prediction, String> names = Collections.synchronizedMap(new HashMap<>());
    private final AtomicInteger inside = new AtomicInteger();

    /// @param steps of its schedule
    Prediction prediction(String name, int steps) {
        SchedulerSpec spec = new SchedulerSpec(SchedulerSpec.Kind.DDIM, 100, SchedulerSpec.BetaSchedule.LINEAR, 1e-4,
                0.02, SchedulerSpec.PredictionType.EPSILON, true, 1, steps);
        Prediction prediction =
                new Prediction(null, (out, count) -> out[0] = 1, NoiseScheduler.of(spec), null, 1);
        names.put(prediction, name);
        return prediction;
    }

    @Override
    public void join(Prediction[] newcomers, int count) {
        enter();
        for (int i = 0; i < count; i++) {
            String name = names.get(newcomers[i]);
            if (name.equals(joinBreaker)) {
                inside.decrementAndGet();
                throw new IllegalStateException("cannot join " + name);
            }
            if (name.equals(unfit)) {
                newcomers[i].fail(new IllegalArgumentException(name + " is unfit"));
            }
        }
        inside.decrementAndGet();
    }

    @Override
    public void step(Prediction[] predictions, int count) {
        enter();
        gate.acquireUninterruptibly();
        List<String> present = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            present.add(names.get(predictions[i]));
        }
        steps.add(String.join("", present));
        drivers.add(Thread.currentThread().getName());
        inside.decrementAndGet();
        if (present.contains(stepBreaker)) {
            throw new OutOfMemoryError("no room for " + stepBreaker);
        }
        for (int i = 0; i < count; i++) {
            predictions[i].advance();
            if (predictions[i].afterLastStep()) {
                predictions[i].succeed(new ActionChunk(1, 1, predictions[i].sample, predictions[i].sample));
            }
        }
    }

    private void enter() {
        if (inside.incrementAndGet() != 1) {
            throw new AssertionError("two calls at a time");
        }
    }
}
