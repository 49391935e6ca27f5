package sinew.engine.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.Image;
import sinew.engine.policy.Observation;
import sinew.engine.policy.PolicySpec;
import sinew.engine.weights.Metadata;

/// Observations for want of recorded ones: states as the checkpoint's statistics describe them, pictures of smooth
/// random colours. They are the same in every run.
public final class SyntheticMoments implements Moments {
    /// From one observation to the next, a state moves by at most this share of its spread.
    private static final double MOTION = 0.02;

    private final PolicySpec spec;
    private final Metadata metadata;
    private final int count;

    /// @param metadata that of the policy's weights file, for its `sinew.stats`
    public SyntheticMoments(PolicySpec spec, Metadata metadata, int count) {
        this.spec = spec;
        this.metadata = metadata;
        this.count = count;
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public Moment at(int index) {
        SplittableRandom random = new SplittableRandom(index);
        Map<String, float[][]> states = new HashMap<>();
        Map<String, SmoothPicture> pictures = new HashMap<>();
        for (Feature feature : spec.inputs()) {
            switch (feature.type()) {
                case LANGUAGE -> states.put(feature.name(), instruction(feature, random));
                case STATE, ENV -> states.put(feature.name(), states(feature, random));
                case VISUAL -> pictures.put(feature.name(), new SmoothPicture(random));
                case ACTION -> throw new IllegalStateException("an action among the inputs");
            }
        }
        List<Observation> observations = new ArrayList<>();
        for (int step = 0; step < spec.nObsSteps(); step++) {
            Map<String, float[]> now = new HashMap<>();
            for (Map.Entry<String, float[][]> state : states.entrySet()) {
                now.put(state.getKey(), state.getValue()[step]);
            }
            Map<String, Image> seen = new HashMap<>();
            for (Feature camera : spec.cameras()) {
                int height = camera.shape().get(1);
                int width = camera.shape().get(2);
                seen.put(camera.name(), pictures.get(camera.name()).at(step, height, width));
            }
            observations.add(new Observation(now, seen));
        }
        return new Moment(observations);
    }

    /// Token ids that are the same at every step: [n_obs_steps][L].
    private float[][] instruction(Feature feature, SplittableRandom random) {
        int vocabulary =
                spec instanceof DiffusionSpec diffusion && diffusion.text() != null ? diffusion.text().vocabulary() : 1;
        float[] ids = new float[feature.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = random.nextInt(vocabulary);
        }
        float[][] all = new float[spec.nObsSteps()][];
        Arrays.fill(all, ids);
        return all;
    }

    /// [n_obs_steps][D]
    private float[][] states(Feature feature, SplittableRandom random) {
        double[] min = statistic(feature, "min");
        double[] max = statistic(feature, "max");
        double[] mean = statistic(feature, "mean");
        double[] std = statistic(feature, "std");
        float[][] states = new float[spec.nObsSteps()][feature.size()];
        for (int i = 0; i < feature.size(); i++) {
            double value;
            double spread;
            if (min != null && max != null) {
                spread = max[i] - min[i];
                value = min[i] + spread * random.nextDouble();
            } else if (mean != null && std != null) {
                spread = 2 * std[i];
                value = mean[i] + std[i] * random.nextGaussian();
            } else {
                spread = 2;
                value = random.nextGaussian();
            }
            double motion = spread * MOTION * (2 * random.nextDouble() - 1);
            for (int step = 0; step < states.length; step++) {
                double at = value + step * motion;
                states[step][i] = (float) (min != null && max != null ? Math.max(min[i], Math.min(max[i], at)) : at);
            }
        }
        return states;
    }

    /// Null where the file has no such statistic of the feature, or one that does not fit.
    private double[] statistic(Feature feature, String name) {
        String key = "sinew.stats." + feature.name() + "." + name;
        double[] values = metadata.has(key) ? metadata.numbers(key) : null;
        return values == null || values.length != feature.size() ? null : values;
    }
}
