package sinew.engine.policy;

import java.util.Map;

/// What a robot sees and feels at one control step, under the policy's own feature names.
///
/// @param states raw values in robot units by feature name, e.g. `observation.state` -> [D]; token ids, too, where
///               whoever sends them has a tokenizer: `observation.language.tokens` -> [L]
/// @param images frames by feature name, e.g. `observation.images.front`
/// @param task   what the robot is told to do, for policies that read; null when nobody told it
public record Observation(Map<String, float[]> states, Map<String, Image> images, String task) {
    public Observation {
        states = Map.copyOf(states);
        images = Map.copyOf(images);
    }

    /// An observation without instruction.
    public Observation(Map<String, float[]> states, Map<String, Image> images) {
        this(states, images, null);
    }
}
