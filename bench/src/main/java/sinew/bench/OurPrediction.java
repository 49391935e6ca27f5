package sinew.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.Image;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.SamplingOptions;

/// Whole predictions of a policy from raw frames, every frame of the history new. The caller closes the policy.
final class OurPrediction implements Contender {
    private final Policy policy;
    private final PolicySession session;
    private final SplittableRandom random = new SplittableRandom(0);
    private final List<Observation> observations = new ArrayList<>();

    OurPrediction(Policy policy, SamplingOptions sampling) {
        this.policy = policy;
        session = policy.newSession(new TorchRandom(0), sampling);
    }

    @Override
    public String name() {
        return "prediction";
    }

    @Override
    public void prepare() {
        session.reset(); // so that no frame's features are remembered
        observations.clear();
        for (int step = 0; step < policy.spec().nObsSteps(); step++) {
            observations.add(observation(policy.spec(), random));
        }
    }

    @Override
    public void run() {
        for (int step = 0; step < observations.size() - 1; step++) {
            session.observe(observations.get(step));
        }
        session.predict(observations.getLast());
    }

    /// Nothing: a sampler's noise is its own.
    @Override
    public float[] output() {
        return new float[0];
    }

    @Override
    public void close() {}

    /// Random numbers of the right shapes.
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
}
