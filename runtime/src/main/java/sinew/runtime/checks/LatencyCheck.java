package sinew.runtime.checks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.serve.Inference;
import sinew.runtime.serve.PolicyClient;

/// Whether predictions come as fast as their actions are used up.
final class LatencyCheck {
    private static final int LEAST = 7;
    private static final int MOST = 200;
    /// So long a policy is asked again, because what was just loaded becomes faster at first.
    private static final long MEASURED_NANOS = 2_500_000_000L;
    private static final String FASTER = "fewer denoising steps (--scheduler ddim or dpm++ --steps N; sinew compare says"
            + " what that does), a smaller weight type (--type bf16, int8), or a lower --env.fps";

    private LatencyCheck() {}

    /// What came out.
    ///
    /// @param first the first action of the last chunk
    record Outcome(List<Finding> findings, float[] first) {}

    /// @param topic     `prediction` or `server`
    /// @param fps       control steps per second, 0 for as fast as it goes
    /// @param maxWaitMs after which a run stops the arm, or 0 for never
    static Outcome of(String topic, PolicyClient client, EnvObservation observation, double fps, int maxWaitMs) {
        List<Double> millis = new ArrayList<>();
        Inference last = null;
        long start = System.nanoTime();
        while (millis.size() < LEAST
                || millis.size() < MOST && System.nanoTime() - start < MEASURED_NANOS) {
            client.reset();
            last = client.infer(observation);
            millis.add(last.roundTripMs());
        }
        List<Double> settled = millis.subList(millis.size() / 2, millis.size()).stream().sorted().toList();
        double median = settled.get(settled.size() / 2);
        return new Outcome(List.of(judge(topic, median, settled.getLast(), last.actions().length, fps, maxWaitMs)),
                last.actions()[0]);
    }

    /// @param median of the predictions' times in milliseconds
    /// @param worst  the longest of them
    static Finding judge(String topic, double median, double worst, int actions, double fps, int maxWaitMs) {
        String took = String.format(Locale.ROOT, "a prediction takes %.0f ms (the slowest %.0f ms)", median, worst);
        if (maxWaitMs > 0 && worst > maxWaitMs) {
            return Finding.error(topic, took + ", a run stops the arm after " + maxWaitMs + " ms (--robot.max-wait)",
                    FASTER);
        }
        if (fps <= 0) {
            return Finding.ok(topic, took);
        }
        double chunk = 1000 * actions / fps;
        String against = String.format(Locale.ROOT, "%s, its %d actions last %.0f ms", took, actions, chunk);
        if (median > chunk) {
            return Finding.warning(topic, against + ": the arm will wait longer than it moves", FASTER);
        }
        if (median > chunk / 2) {
            return Finding.warning(topic, against + ": hardly any time is left", FASTER);
        }
        return Finding.ok(topic, against);
    }
}
