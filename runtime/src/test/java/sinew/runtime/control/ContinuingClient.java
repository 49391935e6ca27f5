package sinew.runtime.control;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import sinew.engine.policy.ActionPrefix;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.serve.Inference;
import sinew.runtime.serve.PolicyClient;
import sinew.runtime.serve.PolicyClientException;

/// A server that can be told what is decided and shown frames, and writes down what it heard. Its chunks are [rows][2];
/// the first values count up from 100 times the number of the inference.
final class ContinuingClient implements PolicyClient {
    int rows = 6;
    int prefixRows = 6;
    boolean canObserve;
    /// The inference with this number (from 1) fails, the frame with this number is refused.
    int failAt = -1;
    int refuseFrameAt = -1;
    volatile int thinkMs;
    /// `observe 3`, `infer 4 [past] [next]`: the number is the step in the observation.
    final List<String> heard = Collections.synchronizedList(new ArrayList<>());
    private int inferences;
    private int frames;

    @Override
    public Map<String, Object> metadata() {
        Map<String, Object> metadata = new HashMap<>(Map.of("n_obs_steps", 2));
        return metadata;
    }

    @Override
    public void reset() {
        heard.add("reset");
    }

    @Override
    public int prefixRows() {
        return prefixRows;
    }

    @Override
    public boolean canObserve() {
        return canObserve;
    }

    @Override
    public void observe(EnvObservation observation) {
        if (++frames == refuseFrameAt) {
            throw new PolicyClientException("the picture is too small", false, null);
        }
        heard.add("observe " + step(observation));
    }

    @Override
    public Inference infer(EnvObservation observation) {
        return infer(observation, ActionPrefix.NONE);
    }

    @Override
    public Inference infer(EnvObservation observation, ActionPrefix prefix) {
        int number = ++inferences;
        heard.add(("infer " + step(observation) + " " + first(prefix.past()) + " " + first(prefix.next()))
                .replace(" [] []", ""));
        for (long end = System.nanoTime() + thinkMs * 1_000_000L; System.nanoTime() < end;) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
        if (number == failAt) {
            throw new PolicyClientException("the line is dead", true, null);
        }
        float[][] chunk = new float[rows][2];
        for (int row = 0; row < rows; row++) {
            chunk[row][0] = 100 * number + row;
            if (row < prefix.next().length) {
                chunk[row] = prefix.next()[row].clone();
            }
        }
        return new Inference(chunk, 1, 2, 3);
    }

    private static int step(EnvObservation observation) {
        return (int) observation.states().get("arm")[0];
    }

    private static List<Integer> first(float[][] rows) {
        List<Integer> values = new ArrayList<>();
        for (float[] row : rows) {
            values.add((int) row[0]);
        }
        return values;
    }

    @Override
    public void close() {}
}
