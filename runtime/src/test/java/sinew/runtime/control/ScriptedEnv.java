package sinew.runtime.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import sinew.engine.policy.Image;
import sinew.runtime.env.Env;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvStep;

/// Two joints, one tiny camera; remembers the actions; succeeds after a number of steps.
final class ScriptedEnv implements Env {
    final List<Float> actions = new ArrayList<>();
    Runnable onStep = () -> {};
    Runnable onIdle = () -> {};
    int pauses;
    /// Told to the loop; nothing is waited for.
    long periodNanos;
    private final int length;
    private int step;

    ScriptedEnv(int length) {
        this.length = length;
    }

    @Override
    public EnvObservation reset() {
        step = 0;
        return observation();
    }

    @Override
    public EnvStep step(float[] action) {
        step++;
        actions.add(action[0]);
        onStep.run();
        boolean done = step == length;
        return new EnvStep(observation(), action, null, done, done ? true : null);
    }

    @Override
    public void idle() {
        onIdle.run();
    }

    @Override
    public void pause() {
        pauses++;
    }

    @Override
    public long periodNanos() {
        return periodNanos;
    }

    private EnvObservation observation() {
        return new EnvObservation(
                Map.of("arm", new float[] {step, 0}), Map.of("front", new Image(2, 2, new byte[12])), null);
    }

    @Override
    public void close() {}
}
