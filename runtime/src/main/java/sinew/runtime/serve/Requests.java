package sinew.runtime.serve;

import java.util.LinkedHashMap;
import java.util.Map;
import sinew.engine.policy.ActionPrefix;
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

    /// Tells which actions are already decided: `action_past` and `action_prefix`, [rows, A] each, left out when empty.
    static void addPrefix(Map<String, Object> request, ActionPrefix prefix) {
        if (prefix.past().length > 0) {
            request.put("action_past", array(prefix.past()));
        }
        if (prefix.next().length > 0) {
            request.put("action_prefix", array(prefix.next()));
        }
    }

    private static NdArray array(float[][] rows) {
        int width = rows[0].length;
        float[] flat = new float[rows.length * width];
        for (int row = 0; row < rows.length; row++) {
            System.arraycopy(rows[row], 0, flat, row * width, width);
        }
        return NdArray.ofFloats(flat, rows.length, width);
    }

    private static NdArray array(Image image) {
        return NdArray.ofBytes(image.rgb(), image.height(), image.width(), 3);
    }
}
