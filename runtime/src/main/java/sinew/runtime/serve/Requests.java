package sinew.runtime.serve;

import java.util.LinkedHashMap;
import java.util.Map;
import sinew.engine.policy.Image;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.wire.NdArray;

/// What a client sends, in env_client's words.
final class Requests {
    static final Map<String, Object> RESET = Map.of("reset", true);

    private Requests() {}

    static Map<String, Object> reset(long seed) {
        return Map.of("reset", true, "seed", seed);
    }

    /// The observation as the Python client sends it. Pictures are shared with the observation, not copied.
    static Map<String, Object> infer(EnvObservation observation) {
        Map<String, Object> states = new LinkedHashMap<>();
        observation.states().forEach((arm, values) -> states.put(arm, NdArray.ofFloats(values, values.length)));
        Map<String, Object> images = new LinkedHashMap<>();
        observation.images().forEach((camera, image) -> images.put(camera, array(image)));
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("states", states);
        request.put("images", images);
        if (observation.task() != null) {
            request.put("task", observation.task());
        }
        return request;
    }

    private static NdArray array(Image image) {
        return NdArray.ofBytes(image.rgb(), image.height(), image.width(), 3);
    }
}
