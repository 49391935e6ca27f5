package sinew.convert.diffusionpolicy;

import java.util.ArrayList;
import java.util.List;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;

/// `shape_meta` of an image policy: what it sees and does.
///
/// @param inputs cameras, then vectors, each sorted by name, as they stand in the features
record ShapeMeta(List<Feature> inputs, Feature action) {
    static ShapeMeta read(ConfigNode meta) {
        meta.known("obs", "action");
        List<Feature> cameras = new ArrayList<>();
        List<Feature> vectors = new ArrayList<>();
        ConfigNode obs = meta.child("obs");
        for (String key : obs.keys()) {
            ConfigNode feature = obs.child(key);
            feature.known("shape", "type");
            List<Integer> shape = feature.sizes("shape");
            switch (feature.isNull("type") ? "low_dim" : feature.text("type")) {
                case "rgb" -> {
                    if (shape.size() != 3 || shape.getFirst() != 3) {
                        feature.refuse("shape", "[3, height, width]");
                    }
                    cameras.add(new Feature(key, FeatureType.VISUAL, shape));
                }
                case "low_dim" -> {
                    if (shape.size() != 1) {
                        feature.refuse("shape", "[size]");
                    }
                    vectors.add(new Feature(key, FeatureType.STATE, shape));
                }
                default -> feature.refuse("type", "rgb or low_dim");
            }
        }
        List<Integer> action = meta.child("action").sizes("shape");
        if (action.size() != 1) {
            meta.child("action").refuse("shape", "[size]");
        }
        List<Feature> inputs = new ArrayList<>(cameras);
        inputs.addAll(vectors);
        return new ShapeMeta(List.copyOf(inputs), new Feature("action", FeatureType.ACTION, action));
    }

    List<Feature> cameras() {
        return inputs.stream().filter(feature -> feature.type() == FeatureType.VISUAL).toList();
    }
}
