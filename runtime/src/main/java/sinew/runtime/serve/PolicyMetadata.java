package sinew.runtime.serve;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.VisionSpec;

/// What a server tells a client about its policy in the first message.
public final class PolicyMetadata {
    private PolicyMetadata() {}

    /// The four entries of the Python server (`policy_type`, `task`, `model_path`, `device`), then what a client can
    /// use to check itself: `features` (name to shape), `action_dim`, `n_obs_steps`, `n_action_steps`, `horizon`,
    /// `vision` (`resize`, `resize_mode` and `crop` of the pictures, where there are such), `statistics` (name of a
    /// vector feature to `min` and `max` of its training data, where known), `max_batch`: how many clients' predictions
    /// share a pass over the weights, `observe`: true, for requests that only show a frame, `reset_seed`: true, for
    /// resets that name the seed of the noise, and `action_prefix`: how many actions a request may say are already
    /// decided.
    ///
    /// @param actionSteps rows per chunk that the server sends
    public static Map<String, Object> of(Policy policy, String task, String modelPath, String device, int actionSteps) {
        PolicySpec spec = policy.spec();
        Map<String, Object> features = new LinkedHashMap<>();
        for (Feature feature : spec.inputs()) {
            features.put(feature.name(), feature.shape());
        }
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("policy_type", spec.lerobotClass());
        metadata.put("task", task);
        metadata.put("model_path", modelPath);
        metadata.put("device", device);
        metadata.put("features", features);
        metadata.put("action_dim", spec.action().size());
        metadata.put("n_obs_steps", spec.nObsSteps());
        metadata.put("n_action_steps", actionSteps);
        metadata.put("horizon", spec.horizon());
        Map<String, Object> statistics = new LinkedHashMap<>();
        policy.ranges().forEach((name, range) -> statistics.put(name, Map.of("min", range.min(), "max", range.max())));
        metadata.put("statistics", statistics);
        if (spec instanceof DiffusionSpec diffusion && diffusion.vision() != null) {
            metadata.put("vision", vision(diffusion.vision()));
        }
        metadata.put("max_batch", policy.passCounts().length);
        metadata.put("observe", true);
        metadata.put("reset_seed", true);
        metadata.put("action_prefix", Math.min(actionSteps, policy.prefixRows()));
        metadata.put("server", "sinew");
        return metadata;
    }

    private static Map<String, Object> vision(VisionSpec spec) {
        Map<String, Object> vision = new LinkedHashMap<>();
        if (spec.resize() != null) {
            vision.put("resize", List.of(spec.resize().height(), spec.resize().width()));
            vision.put("resize_mode", spec.resizeMode().name().toLowerCase(Locale.ROOT));
        }
        if (spec.crop() != null) {
            vision.put("crop", List.of(spec.crop().height(), spec.crop().width()));
        }
        return vision;
    }
}
