package sinew.runtime.control;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import sinew.engine.diffusion.NoiseScheduler;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.policy.ActionPrefix;
import sinew.engine.policy.SchedulerSpec;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvStep;
import sinew.runtime.serve.Inference;
import sinew.runtime.serve.PolicyClient;
import sinew.runtime.sim.ScriptedExpert;
import sinew.runtime.sim.SimEnv;
import sinew.runtime.sim.SimOptions;
import sinew.runtime.sim.SimTask;

/// A diffusion policy without a network. Instead of a trained denoiser it has the one that is best for Gaussian
/// trajectories: their mean is that of the demonstrations that began in states like the one that is seen, and they deviate
/// from it as the demonstrations do, frequency by frequency. As with a real policy each prediction is smooth in itself,
/// and the next one is another. Takes as long to answer as it is told.
final class DemonstrationPolicy implements PolicyClient {
    static final int HORIZON = 24;

    private static final int A = 6;
    private static final float GRIPPER_TRAVEL = 3; // per step: a hand that leads an arm does not switch its gripper
    private static final double STATE_WIDTH = 0.1; // how far apart states are that count as alike, normalised
    private static final double[][] WAVES = waves(); // [horizon frequencies][horizon], orthonormal
    private static final SchedulerSpec SCHEDULER = new SchedulerSpec(
            SchedulerSpec.Kind.DDIM, 100, SchedulerSpec.BetaSchedule.SQUAREDCOS_CAP_V2, 0.0001, 0.02,
            SchedulerSpec.PredictionType.EPSILON, true, 1.5, 20);

    /// Episodes of the simulation's scripted expert, in units normalised to -1 to 1: states [n][6], what follows each of
    /// them [n][horizon * 6].
    record Demonstrations(float[][] states, float[][] windows, float[] low, float[] high) {
        static Demonstrations record(int episodes) {
            List<List<float[]>> states = new ArrayList<>();
            List<List<float[]>> actions = new ArrayList<>();
            try (SimEnv env = new SimEnv(SimOptions.of(SimTask.LIFT, 0).withoutImages())) {
                for (int seed = 0; seed < episodes; seed++) {
                    states.add(new ArrayList<>());
                    actions.add(new ArrayList<>());
                    EnvObservation seen = env.reset(1000 + seed);
                    ScriptedExpert expert = env.expert(seed);
                    for (boolean over = false; !over;) {
                        states.getLast().add(seen.states().get("arm").clone());
                        float[] action = expert.act();
                        EnvStep step = env.step(action);
                        actions.getLast().add(slowGripper(action, actions.getLast()));
                        seen = step.observation();
                        over = step.done();
                    }
                }
            }
            return of(states, actions);
        }

        private static float[] slowGripper(float[] action, List<float[]> before) {
            float[] slow = action.clone();
            if (!before.isEmpty()) {
                float last = before.getLast()[A - 1];
                slow[A - 1] = Math.clamp(slow[A - 1], last - GRIPPER_TRAVEL, last + GRIPPER_TRAVEL);
            }
            return slow;
        }

        private static Demonstrations of(List<List<float[]>> states, List<List<float[]>> actions) {
            float[] low = new float[A];
            float[] high = new float[A];
            Arrays.fill(low, Float.MAX_VALUE);
            Arrays.fill(high, -Float.MAX_VALUE);
            for (List<float[]> episode : actions) {
                for (float[] action : episode) {
                    for (int j = 0; j < A; j++) {
                        low[j] = Math.min(low[j], action[j]);
                        high[j] = Math.max(high[j], action[j]);
                    }
                }
            }
            List<float[]> from = new ArrayList<>();
            List<float[]> windows = new ArrayList<>();
            for (int e = 0; e < actions.size(); e++) {
                for (int t = 0; t < actions.get(e).size(); t++) {
                    float[] window = new float[HORIZON * A];
                    for (int i = 0; i < window.length; i++) {
                        int row = Math.min(t + i / A, actions.get(e).size() - 1);
                        window[i] = normalize(actions.get(e).get(row)[i % A], i % A, low, high);
                    }
                    windows.add(window);
                    float[] state = new float[A];
                    for (int j = 0; j < A; j++) {
                        state[j] = normalize(states.get(e).get(t)[j], j, low, high);
                    }
                    from.add(state);
                }
            }
            return new Demonstrations(from.toArray(float[][]::new), windows.toArray(float[][]::new), low, high);
        }

        private static float normalize(float x, int joint, float[] low, float[] high) {
            return (x - low[joint]) / (high[joint] - low[joint]) * 2 - 1;
        }

        float normalize(float x, int joint) {
            return normalize(x, joint, low, high);
        }

        float inverse(float y, int joint) {
            return (y + 1) / 2 * (high[joint] - low[joint]) + low[joint];
        }
    }

    private final Demonstrations demonstrations;
    private final double[][] variance; // [horizon frequencies][6]
    private final long latencyNanos;
    private final NoiseScheduler scheduler = NoiseScheduler.of(SCHEDULER);
    private final TorchRandom random;

    DemonstrationPolicy(Demonstrations demonstrations, int latencyMs, long seed) {
        this.demonstrations = demonstrations;
        this.variance = variance();
        this.latencyNanos = latencyMs * 1_000_000L;
        this.random = new TorchRandom(seed);
    }

    @Override
    public Map<String, Object> metadata() {
        return Map.of("n_obs_steps", 1);
    }

    @Override
    public void reset() {}

    @Override
    public int prefixRows() {
        return HORIZON;
    }

    @Override
    public Inference infer(EnvObservation observation) {
        return infer(observation, ActionPrefix.NONE);
    }

    @Override
    public Inference infer(EnvObservation observation, ActionPrefix prefix) {
        long start = System.nanoTime();
        float[] sample = new float[HORIZON * A];
        random.fill(sample, sample.length);
        float[] noise = sample.clone();
        float[] given = new float[prefix.next().length * A];
        for (int i = 0; i < given.length; i++) {
            given[i] = demonstrations.normalize(prefix.next()[i / A][i % A], i % A);
        }
        float[] state = new float[A];
        for (int j = 0; j < A; j++) {
            state[j] = demonstrations.normalize(observation.states().get("arm")[j], j);
        }
        double[] mean = mean(state, -1);
        float[] epsilon = new float[sample.length];
        for (int step = 0; step < scheduler.steps(); step++) {
            float signal = scheduler.signal(step);
            float deviation = scheduler.noise(step);
            for (int i = 0; i < given.length; i++) {
                sample[i] = signal * given[i] + deviation * noise[i];
            }
            denoise(sample, mean, signal, deviation, epsilon);
            scheduler.step(step, epsilon, sample, null, null, sample.length);
        }
        System.arraycopy(given, 0, sample, 0, given.length);
        float[][] chunk = new float[HORIZON][A];
        for (int i = 0; i < sample.length; i++) {
            chunk[i / A][i % A] = demonstrations.inverse(sample[i], i % A);
        }
        double inferMs = (System.nanoTime() - start) / 1e6;
        for (long left = latencyNanos; left > 0; left = start + latencyNanos - System.nanoTime()) {
            LockSupport.parkNanos(start + latencyNanos - System.nanoTime());
        }
        return new Inference(chunk, inferMs, Double.NaN, (System.nanoTime() - start) / 1e6);
    }

    /// What usually follows a state, [horizon * 6].
    ///
    /// @param without a window that does not count, or -1
    private double[] mean(float[] state, int without) {
        double[] mean = new double[HORIZON * A];
        double sum = 1e-9;
        for (int n = 0; n < demonstrations.windows().length; n++) {
            double distance = 0;
            for (int j = 0; j < A; j++) {
                double d = state[j] - demonstrations.states()[n][j];
                distance += d * d;
            }
            double weight = n == without ? 0 : Math.exp(-distance / (2 * STATE_WIDTH * STATE_WIDTH));
            if (weight > 1e-9) {
                sum += weight;
                for (int i = 0; i < mean.length; i++) {
                    mean[i] += weight * demonstrations.windows()[n][i];
                }
            }
        }
        for (int i = 0; i < mean.length; i++) {
            mean[i] /= sum;
        }
        return mean;
    }

    private double[][] variance() {
        double[][] variance = new double[HORIZON][A];
        int taken = 0;
        for (int n = 0; n < demonstrations.windows().length; n += 7, taken++) {
            double[] mean = mean(demonstrations.states()[n], n);
            for (int k = 0; k < HORIZON; k++) {
                for (int j = 0; j < A; j++) {
                    double c = 0;
                    for (int t = 0; t < HORIZON; t++) {
                        c += WAVES[k][t] * (demonstrations.windows()[n][t * A + j] - mean[t * A + j]);
                    }
                    variance[k][j] += c * c;
                }
            }
        }
        for (double[] row : variance) {
            for (int j = 0; j < A; j++) {
                row[j] /= taken;
            }
        }
        return variance;
    }

    /// The noise in a sample, as well as it can be told from a trajectory.
    private void denoise(float[] sample, double[] mean, float signal, float deviation, float[] epsilon) {
        double[] clean = mean.clone();
        for (int j = 0; j < A; j++) {
            for (int k = 0; k < HORIZON; k++) {
                double c = 0;
                for (int t = 0; t < HORIZON; t++) {
                    c += WAVES[k][t] * (sample[t * A + j] - signal * mean[t * A + j]);
                }
                double share = signal * variance[k][j] / (signal * signal * variance[k][j] + deviation * deviation);
                for (int t = 0; t < HORIZON; t++) {
                    clean[t * A + j] += share * c * WAVES[k][t];
                }
            }
        }
        for (int i = 0; i < epsilon.length; i++) {
            epsilon[i] = (float) ((sample[i] - signal * clean[i]) / deviation);
        }
    }

    /// The discrete cosine transform.
    private static double[][] waves() {
        double[][] waves = new double[HORIZON][HORIZON];
        for (int k = 0; k < HORIZON; k++) {
            for (int t = 0; t < HORIZON; t++) {
                waves[k][t] = Math.sqrt((k == 0 ? 1.0 : 2.0) / HORIZON) * Math.cos(Math.PI * (t + 0.5) * k / HORIZON);
            }
        }
        return waves;
    }

    @Override
    public void close() {}
}
