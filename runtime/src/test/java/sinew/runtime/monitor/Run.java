package sinew.runtime.monitor;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sinew.engine.policy.Image;
import sinew.runtime.control.ControlLoop;
import sinew.runtime.control.OperatorPanel;
import sinew.runtime.control.StepRecord;
import sinew.runtime.env.Env;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvStep;
import sinew.runtime.serve.Inference;
import sinew.runtime.serve.PolicyClient;
import sinew.runtime.serve.PolicyClientException;

/// The real control loop with a monitor, an environment that goes on for ever and a policy that waves.
final class Run implements AutoCloseable {
    static final int CHUNK = 8;

    final OperatorPanel panel = new OperatorPanel();
    /// What the policy server complains about, or null while all is well.
    volatile String outage;
    /// How every finished episode ended.
    final List<StepRecord> endings = Collections.synchronizedList(new ArrayList<>());
    private final MonitorServer monitor;
    private final ControlLoop loop;
    private final Thread control;

    /// @param arms    one, or two with a camera each
    /// @param waiting episodes wait for Reset
    Run(int port, int arms, boolean waiting) throws IOException {
        monitor = new MonitorServer("127.0.0.1", port, panel);
        loop = new ControlLoop(
                new Waves(arms),
                this::connect,
                panel,
                new ControlLoop.Options(100, waiting, 0, 6 * arms, Duration.ofSeconds(5)),
                words -> {});
        loop.addListener(monitor);
        loop.addListener(this::note);
        control = Thread.ofPlatform().name("control").start(() -> {
            loop.connect();
            loop.run();
        });
        monitor.start();
    }

    private PolicyClient connect() {
        fail();
        return new WavingPolicy();
    }

    private void fail() {
        if (outage != null) {
            throw new PolicyClientException(outage, true, null);
        }
    }

    private void note(StepRecord record) {
        if (record.done()) {
            endings.add(record);
        }
    }

    String url() {
        return monitor.url();
    }

    int port() {
        return monitor.port();
    }

    @Override
    public void close() {
        loop.cancel();
        try {
            control.join(5000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        loop.close();
        monitor.close();
    }

    /// Follows its actions with a lag, and shows the steps as a wandering square.
    private static final class Waves implements Env {
        private static final long PERIOD_MS = 33;
        private final float[] state;
        private final boolean two;
        private int step;

        Waves(int arms) {
            state = new float[6 * arms];
            two = arms == 2;
        }

        @Override
        public EnvObservation reset() {
            step = 0;
            return observe();
        }

        @Override
        public EnvObservation observe() {
            Map<String, float[]> states = new LinkedHashMap<>();
            Map<String, Image> images = new LinkedHashMap<>();
            images.put("front", Steps.picture(480, 640, step));
            if (two) {
                states.put("left_arm", Arrays.copyOf(state, 6));
                states.put("right_arm", Arrays.copyOfRange(state, 6, 12));
                images.put("left_wrist", Steps.picture(480, 640, 2 * step));
                images.put("right_wrist", Steps.picture(480, 640, 3 * step));
            } else {
                states.put("arm", state.clone());
                images.put("wrist", Steps.picture(480, 640, 2 * step));
            }
            return new EnvObservation(states, images, "lift up the red cube");
        }

        @Override
        public EnvStep step(float[] action) {
            step++;
            float[] truth = new float[action.length];
            for (int i = 0; i < action.length; i++) {
                state[i] += 0.3f * (action[i] - state[i]);
                truth[i] = action[i] + 4;
            }
            try {
                Thread.sleep(PERIOD_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return new EnvStep(observe(), action, truth, false, null);
        }

        @Override
        public void close() {}
    }

    private final class WavingPolicy implements PolicyClient {
        private int at;

        @Override
        public Map<String, Object> metadata() {
            return Map.of();
        }

        @Override
        public void reset() {}

        @Override
        public Inference infer(EnvObservation observation) {
            fail();
            int dim = 6 * observation.states().size();
            float[][] actions = new float[CHUNK][dim];
            for (float[] action : actions) {
                at++;
                for (int i = 0; i < dim; i++) {
                    action[i] = (float) ((20 + 8 * i) * Math.sin(at / (8.0 + 2 * i)));
                }
            }
            double ms = 21 + 4 * Math.sin(at / 16.0);
            return new Inference(actions, ms, ms + 1.2, ms + 3.5);
        }

        @Override
        public void close() {}
    }
}
