package sinew.convert;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.NormalizationMode;

/// The features of a config.json, which every LeRobot policy has in the same fields, and how the config asks for them
/// to be normalised.
final class FeatureFields {
    private static final int MOST = 1 << 16;

    private final JsonFields json;
    private final Problems problems;
    private final Map<FeatureType, NormalizationMode> defaults;
    private final Map<String, NormalizationMode> modes = new LinkedHashMap<>();
    private final List<Feature> inputs;
    private final Feature action;

    /// @param defaults what a policy does whose config has no mapping
    /// @throws CheckpointException when there are no usable features
    FeatureFields(JsonFields json, Problems problems, Map<FeatureType, NormalizationMode> defaults) {
        this.json = json;
        this.problems = problems;
        this.defaults = defaults;
        boolean first = json.has("input_shapes") && !json.has("input_features");
        inputs = first ? shapes("input_shapes", "input_normalization_modes") : inputFeatures();
        action = actionOf(first
                ? shapes("output_shapes", "output_normalization_modes")
                : features(json.object("output_features")));
        problems.throwIfAny();
        if (!first) {
            readMapping(inputs, action);
        }
    }

    List<Feature> inputs() {
        return inputs;
    }

    Feature action() {
        return action;
    }

    /// By feature name.
    Map<String, NormalizationMode> modes() {
        return modes;
    }

    private List<Feature> inputFeatures() {
        List<Feature> inputs = new ArrayList<>();
        for (Feature feature : features(json.object("input_features"))) {
            boolean used = switch (feature.type()) {
                case STATE -> feature.name().equals("observation.state");
                case ENV -> feature.name().equals("observation.environment_state");
                case VISUAL -> true;
                case ACTION, LANGUAGE -> false;
            };
            if (used) {
                inputs.add(feature);
            } else {
                problems.note("config.json: input " + feature.name() + " of type " + feature.type()
                        + " is ignored, as LeRobot's policies ignore it");
            }
        }
        if (inputs.isEmpty()) {
            json.problem("input_features", "names no observation.state, no image and no"
                    + " observation.environment_state");
        }
        return inputs;
    }

    private List<Feature> features(JsonFields object) {
        List<Feature> features = new ArrayList<>();
        for (String name : object.keys()) {
            JsonFields field = object.object(name);
            FeatureType type = field.word("type", null, FeatureType.class);
            if (type != null) {
                addFeature(features, field, name, type, "shape");
            } else if (field.isNull("type")) {
                field.problem("type", "is missing");
            }
        }
        return features;
    }

    /// The layout of 2024: shapes by name, types to be told from the names, modes by name.
    private List<Feature> shapes(String shapesKey, String modesKey) {
        List<Feature> features = new ArrayList<>();
        JsonFields shapes = json.object(shapesKey);
        JsonFields modesByName = json.object(modesKey);
        for (String name : shapes.keys()) {
            FeatureType type = shapesKey.startsWith("output") ? FeatureType.ACTION
                    : name.startsWith("observation.image") ? FeatureType.VISUAL
                    : name.equals("observation.environment_state") ? FeatureType.ENV : FeatureType.STATE;
            addFeature(features, shapes, name, type, name);
            if (modesByName.has(name)) {
                modes.put(name, modesByName.word(name, NormalizationMode.IDENTITY, NormalizationMode.class));
            }
        }
        return features;
    }

    private void addFeature(List<Feature> features, JsonFields field, String name, FeatureType type, String key) {
        List<Integer> shape = field.sizes(key, List.of(), MOST);
        boolean image = type == FeatureType.VISUAL;
        if (image ? shape.size() != 3 || shape.getFirst() != 3 : shape.size() != 1) {
            field.problem(key, "of " + name + " is " + shape + ", want "
                    + (image ? "[3, height, width]" : "[size]"));
        } else {
            features.add(new Feature(name, type, shape));
        }
    }

    private Feature actionOf(List<Feature> outputs) {
        for (Feature feature : outputs) {
            if (feature.type() == FeatureType.ACTION && feature.name().equals("action")) {
                return feature;
            }
        }
        json.problem("output_features", "has no \"action\" of type ACTION");
        return null;
    }

    private void readMapping(List<Feature> inputs, Feature action) {
        Map<FeatureType, NormalizationMode> mapping = new LinkedHashMap<>();
        if (json.isNull("normalization_mapping")) {
            mapping.putAll(defaults);
        } else {
            JsonFields fields = json.object("normalization_mapping");
            for (FeatureType type : FeatureType.values()) {
                if (fields.has(type.name())) {
                    mapping.put(type, fields.word(type.name(), NormalizationMode.IDENTITY,
                            NormalizationMode.class));
                }
            }
        }
        List<Feature> all = new ArrayList<>(inputs);
        all.add(action);
        for (Feature feature : all) {
            if (mapping.containsKey(feature.type())) {
                modes.put(feature.name(), mapping.get(feature.type()));
            }
        }
    }
}
