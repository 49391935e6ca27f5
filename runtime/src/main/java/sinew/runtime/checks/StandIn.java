package sinew.runtime.checks;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.Image;
import sinew.engine.policy.ValueRange;
import sinew.runtime.env.EnvObservation;

/// Observations for want of real ones.
final class StandIn {
    private static final byte GREY = (byte) 128;

    private StandIn() {}

    static EnvObservation of(PolicyFacts policy) {
        Map<String, float[]> states = new LinkedHashMap<>();
        Map<String, Image> images = new LinkedHashMap<>();
        for (Feature feature : policy.inputs()) {
            if (feature.type() == FeatureType.VISUAL) {
                images.put(sentName(policy, feature), grey(feature.shape().get(1), feature.shape().get(2)));
            } else {
                // The arm's state has another name on the wire than in the policy.
                String name = feature.type() == FeatureType.STATE ? "arm" : TaskFit.shortName(feature);
                states.put(name, middle(policy, feature));
            }
        }
        return new EnvObservation(states, images, null);
    }

    private static String sentName(PolicyFacts policy, Feature camera) {
        String name = TaskFit.shortName(camera);
        return policy.renames().entrySet().stream()
                .filter(rename -> rename.getValue().equals(name) && rename.getKey().startsWith("images."))
                .map(rename -> rename.getKey().substring("images.".length()))
                .findFirst()
                .orElse(name);
    }

    private static Image grey(int height, int width) {
        byte[] rgb = new byte[height * width * 3];
        Arrays.fill(rgb, GREY);
        return new Image(height, width, rgb);
    }

    private static float[] middle(PolicyFacts policy, Feature feature) {
        float[] values = new float[feature.size()];
        ValueRange range = policy.range(feature.name(), values.length);
        for (int i = 0; range != null && i < values.length; i++) {
            values[i] = (range.min()[i] + range.max()[i]) / 2;
        }
        return values;
    }
}
