package sinew.runtime.control;

import java.util.Map;
import java.util.concurrent.CountDownLatch;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.serve.Inference;
import sinew.runtime.serve.PolicyClient;
import sinew.runtime.serve.PolicyClientException;

/// Answers with chunks of [rows][2] whose first values count up from 0 over the client's life.
final class ScriptedClient implements PolicyClient {
    int rows = 4;
    int resets;
    int inferences;
    /// The inference with this number (from 1) fails.
    int failAt = -1;
    boolean failureIsLoss;
    /// The inference with this number (from 1) blocks until released.
    int blockAt = -1;
    final CountDownLatch blocked = new CountDownLatch(1);
    final CountDownLatch release = new CountDownLatch(1);
    float[][] answer;
    private int counter;

    @Override
    public Map<String, Object> metadata() {
        return Map.of("task", "lift");
    }

    @Override
    public void reset() {
        resets++;
    }

    @Override
    public Inference infer(EnvObservation observation) {
        inferences++;
        if (inferences == failAt) {
            throw new PolicyClientException(failureIsLoss ? "the line is dead" : "camera 'top' is missing", failureIsLoss, null);
        }
        if (inferences == blockAt) {
            blocked.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                throw new PolicyClientException("interrupted", true, e);
            }
        }
        if (answer != null) {
            return new Inference(answer, 1, 2, 3);
        }
        float[][] chunk = new float[rows][2];
        for (float[] row : chunk) {
            row[0] = counter++;
        }
        return new Inference(chunk, 1, 2, 3);
    }

    @Override
    public void close() {
        release.countDown();
    }
}
