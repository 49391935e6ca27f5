package sinew.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.inference.PolicyProfile;
import sinew.engine.nn.Plan;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.Image;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.SamplingOptions;

/// What a policy's predictions cost: medians, in milliseconds.
///
/// @param loadMs  from the file to a warm policy
/// @param stages  encode, condition and denoise, see [PolicyProfile.Stage]
/// @param wholeMs a whole prediction from raw frames, every frame of the history new
record StageTimes(String model, int threads, double loadMs, List<PolicyProfile.Stage> stages, double wholeMs) {
    static final String HEADING = String.format("%-26s %9s %16s %10s %10s %12s", "model", "load", "encode (images)",
            "condition", "one step", "prediction");

    static StageTimes measure(Path weights, int threads, int runs) throws IOException {
        long start = System.nanoTime();
        try (Policy policy = Policies.load(weights, LoadOptions.defaults().withThreads(threads))) {
            double loadMs = (System.nanoTime() - start) / 1e6;
            List<PolicyProfile.Stage> stages = PolicyProfile.measure(policy, runs);
            return new StageTimes(weights.getFileName().toString(), threads, loadMs, stages, whole(policy, runs));
        }
    }

    private static double whole(Policy policy, int runs) {
        PolicySession session = policy.newSession(new TorchRandom(0), SamplingOptions.FROM_CHECKPOINT);
        SplittableRandom random = new SplittableRandom(0);
        double[] millis = new double[Math.max(3, runs / 4)];
        int history = policy.spec().nObsSteps();
        for (int i = 0; i < millis.length; i++) {
            session.reset(); // so that no frame's features are remembered
            List<Observation> observations = new ArrayList<>();
            for (int step = 0; step < history; step++) {
                observations.add(observation(policy.spec(), random));
            }
            long start = System.nanoTime();
            observations.subList(0, history - 1).forEach(session::observe);
            session.predict(observations.getLast());
            millis[i] = (System.nanoTime() - start) / 1e6;
        }
        Arrays.sort(millis);
        return millis[millis.length / 2];
    }

    static Observation observation(PolicySpec spec, SplittableRandom random) {
        Map<String, float[]> states = new HashMap<>();
        Map<String, Image> images = new HashMap<>();
        for (Feature feature : spec.inputs()) {
            if (feature.type() == FeatureType.VISUAL) {
                int height = feature.shape().get(1);
                int width = feature.shape().get(2);
                byte[] rgb = new byte[3 * height * width];
                random.nextBytes(rgb);
                images.put(feature.name(), new Image(height, width, rgb));
            } else {
                float[] values = new float[feature.size()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) random.nextDouble(-50, 50);
                }
                states.put(feature.name(), values);
            }
        }
        return new Observation(states, images);
    }

    String line() {
        return String.format(Locale.ROOT, "%-26s %9.0f %16s %10.2f %10.2f %12.1f", model, loadMs, encode(),
                millis("condition"), millis("denoise"), wholeMs);
    }

    private String encode() {
        for (PolicyProfile.Stage stage : stages) {
            if (stage.name().equals("encode")) {
                return String.format(Locale.ROOT, "%.2f (%d)", stage.millis(), stage.batch());
            }
        }
        return "-";
    }

    private double millis(String stage) {
        return stages.stream().filter(s -> s.name().equals(stage)).mapToDouble(PolicyProfile.Stage::millis).sum();
    }

    /// A line per kernel call.
    List<String> profile() {
        List<String> lines = new ArrayList<>();
        for (PolicyProfile.Stage stage : stages) {
            for (Plan.StepTime step : stage.steps()) {
                lines.add(String.format(Locale.ROOT, "  %-10s %-60s %9.3f", stage.name(), step.name(), step.millis()));
            }
        }
        return lines;
    }

    Map<String, Object> asMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("model", model);
        map.put("threads", threads);
        map.put("load_ms", loadMs);
        for (PolicyProfile.Stage stage : stages) {
            map.put(stage.name() + "_ms", stage.millis());
            map.put(stage.name() + "_batch", stage.batch());
        }
        map.put("prediction_ms", wholeMs);
        return map;
    }
}
