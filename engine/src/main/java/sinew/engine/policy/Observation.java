package sinew.engine.policy;

import java.util.Map;

/// What a robot sees and feels at one control step, under the policy's own feature names.
///
/// @param states raw values in robot units by feature name, e.g. `observation.state` -> [D]
/// @param images frames by feature name, e.g. `observation.images.front`
public record Observation(Map<String, float[]> states, Map<String, Image> images) {
    public Observation {
        states = Map.copyOf(states);
        images = Map.copyOf(images);
    }
}
