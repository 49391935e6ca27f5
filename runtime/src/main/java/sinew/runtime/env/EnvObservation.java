package sinew.runtime.env;

import java.util.Map;
import sinew.engine.policy.Image;

/// What an environment shows at one control step, in the wire's own words.
///
/// @param states joint positions by arm: `arm`, or `left_arm` and `right_arm`, [6] each
/// @param images frames by camera: `front`, `wrist`, `left_wrist`, `right_wrist`
/// @param task   what to do, in words, or null when the environment does not say
public record EnvObservation(Map<String, float[]> states, Map<String, Image> images, String task) {}
