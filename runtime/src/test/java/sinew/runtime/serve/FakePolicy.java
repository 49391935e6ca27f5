package sinew.runtime.serve;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.ActionPrefix;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.NoiseSource;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.PredictionTrace;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.policy.ValueRange;

/// A policy whose chunk tells what happened to its session. In each row: how many predictions since the reset
/// (joint 0), how many observations (1), the first state value (2), one draw of its noise (3), the row (4), 0 (others).
final class FakePolicy implements Policy {
    static final int STEPS = 16;

    private final PolicySpec spec;
    /// How many decided actions it takes; 0 for a policy that cannot continue any.
    volatile int prefixRows;
    final List<ActionPrefix> prefixes = Collections.synchronizedList(new ArrayList<>());
    final List<Observation> seen = Collections.synchronizedList(new ArrayList<>());
    /// Runs in every prediction, on the connection's thread.
    volatile Consumer<Observation> during = o -> {};
    /// Runs whenever the server has time to prepare, on the connection's thread.
    volatile Runnable preparing = () -> {};

    FakePolicy(PolicySpec spec) {
        this.spec = spec;
    }

    static FakePolicy lift() {
        return new FakePolicy(spec(6, 48, 64, "observation.images.front", "observation.images.wrist"));
    }

    static DiffusionSpec spec(int dim, int height, int width, String... cameras) {
        List<Feature> inputs = new ArrayList<>();
        inputs.add(new Feature("observation.state", FeatureType.STATE, List.of(dim)));
        for (String camera : cameras) {
            inputs.add(new Feature(camera, FeatureType.VISUAL, List.of(3, height, width)));
        }
        Feature action = new Feature("action", FeatureType.ACTION, List.of(dim));
        return new DiffusionSpec(inputs, action, 2, 32, STEPS, Map.of(), null, null, null);
    }

    @Override
    public PolicySpec spec() {
        return spec;
    }

    @Override
    public int prefixRows() {
        return prefixRows;
    }

    @Override
    public Map<String, ValueRange> ranges() {
        return Map.of("action", new ValueRange(new float[] {-100, 0}, new float[] {55.5f, 1}));
    }

    @Override
    public PolicySession newSession(NoiseSource noise, SamplingOptions options) {
        return new Session(noise);
    }

    @Override
    public void close() {}

    private final class Session implements PolicySession {
        private final NoiseSource noise;
        private int predictions;
        private int observations;

        Session(NoiseSource noise) {
            this.noise = noise;
        }

        @Override
        public void reset() {
            predictions = 0;
            observations = 0;
        }

        @Override
        public void observe(Observation observation) {
            observations++;
            seen.add(observation);
        }

        @Override
        public void prepare() {
            preparing.run();
        }

        @Override
        public ActionChunk predict(Observation observation, ActionPrefix prefix) {
            if (prefixRows == 0) {
                return PolicySession.super.predict(observation, prefix);
            }
            prefixes.add(prefix);
            return predict(observation);
        }

        @Override
        public ActionChunk predict(Observation observation) {
            observe(observation);
            during.accept(observation);
            predictions++;
            float[] draw = new float[1];
            noise.fill(draw, 1);
            int dim = spec.action().size();
            float[] values = new float[STEPS * dim];
            for (int row = 0; row < STEPS; row++) {
                values[row * dim] = predictions;
                values[row * dim + 1] = observations;
                values[row * dim + 2] = observation.states().get("observation.state")[0];
                values[row * dim + 3] = draw[0];
                values[row * dim + 4] = row;
            }
            return new ActionChunk(STEPS, dim, values, values);
        }

        @Override
        public ActionChunk predict(Observation observation, PredictionTrace trace) {
            return predict(observation);
        }
    }
}
