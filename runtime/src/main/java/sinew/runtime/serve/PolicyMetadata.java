package sinew.runtime.serve;

import java.util.LinkedHashMap;
import java.util.Map;
import sinew.engine.policy.Feature;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySpec;

/// What a server tells a client about its policy in the first message.
public final class PolicyMetadata {
    private PolicyMetadata() {}

    /// The four entries of the Python server (`policy_type`, `task`, `model_path`, `device`), then what a client can
    /// use to check itself: `features` (name to shape), `action_dim`, `n_obs_steps`, `n_action_steps`, `horizon`,
    /// `statistics` (name of a vector feature to `min` and `max` of its training data, where known),
    /// `max_batch`: how many clients' predictions share a pass over the weights, `observe`: true, for requests
    /// that only show a frame, and `action_prefix`: how many actions a request may say are already decided.
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
        metadata.put("max_batch", policy.passCounts().length);
        metadata.put("observe", true);
        metadata.put("action_prefix", Math.min(actionSteps, policy.prefixRows()));
        metadata.put("server", "sinew");
        return metadata;
    }
}
