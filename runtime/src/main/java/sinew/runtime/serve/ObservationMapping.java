package sinew.runtime.serve;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.Image;
import sinew.engine.policy.Observation;
import sinew.engine.policy.ObservationException;
import sinew.engine.policy.PolicySpec;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.serve.SentObservation.Item;

/// Turns what clients send into what a policy takes: finds each of the policy's features in a request of any
/// dialect, brings it into the policy's form, and says everything that does not fit at once.
///
/// A camera is found by its name (`observation.images.front` is `front`), else by its name and `_image`
/// (openpi's `wrist_image`). `image` stands for the one camera that nothing else was found for, and a policy
/// whose one camera is called `image` takes the one picture of a request, whatever its name.
final class ObservationMapping {
    private final PolicySpec spec;
    private final Map<String, String> renames;
    private final long states; // among the policy's inputs: only one alone can be told without its name

    /// @param renames for clients with names of their own: camera or state name by the path in the request,
    ///                e.g. `observation/exterior_image_1_left` to `front`
    ObservationMapping(PolicySpec spec, Map<String, String> renames) {
        this.spec = spec;
        this.renames = Map.copyOf(renames);
        states = spec.inputs().stream().filter(f -> f.type() == FeatureType.STATE).count();
    }

    /// An environment's observation, without a detour over the wire.
    Observation map(EnvObservation observation) {
        Map<String, Object> request = new HashMap<>();
        request.put("states", observation.states());
        request.put("images", observation.images());
        if (observation.task() != null) {
            request.put("task", observation.task());
        }
        return map(request);
    }

    /// @param request a decoded request
    /// @throws ObservationException names all that is missing or misshapen, what the policy wants and what came
    Observation map(Map<?, ?> request) {
        SentObservation sent = new SentObservation(request, renames);
        Map<String, float[]> states = new HashMap<>();
        Map<String, Image> images = new HashMap<>();
        List<String> problems = new ArrayList<>();
        for (Feature feature : spec.inputs()) {
            try {
                switch (feature.type()) {
                    case VISUAL -> images.put(feature.name(), picture(feature, sent));
                    case LANGUAGE -> instruction(feature, sent, states);
                    default -> states.put(feature.name(), vector(feature, sent));
                }
            } catch (IllegalArgumentException e) {
                problems.add(e.getMessage());
            }
        }
        if (!problems.isEmpty()) {
            throw new ObservationException("The observation does not fit the policy: " + String.join("; ", problems)
                    + ".\nThe policy wants " + wants() + ".\nThe request holds " + sent.describe() + ".");
        }
        return new Observation(states, images, sent.task());
    }

    /// Token ids where they were sent; the text goes on as it is, for the policy knows whether it has a tokenizer.
    private static void instruction(Feature feature, SentObservation sent, Map<String, float[]> states) {
        Item ids = sent.vector(feature.name().substring("observation.".length()));
        if (ids == null) {
            ids = sent.vector("input_ids");
        }
        if (ids != null) {
            states.put(feature.name(), read(ids));
        } else if (sent.task() == null) {
            throw new IllegalArgumentException("the instruction is missing: send the task as text ('task' or 'prompt')"
                    + " or token ids ('" + feature.name() + "')");
        }
    }

    private Image picture(Feature feature, SentObservation sent) {
        Item item = findPicture(feature, sent);
        if (item == null) {
            throw new IllegalArgumentException("camera '" + shortName(feature) + "' is missing");
        }
        try {
            return Pictures.read(item.value(), feature.shape().get(1), feature.shape().get(2));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("camera '" + item.name() + "' " + e.getMessage(), e);
        }
    }

    private Item findPicture(Feature feature, SentObservation sent) {
        Item named = findNamed(feature, sent);
        if (named != null) {
            return named;
        }
        if (shortName(feature).equals("image") && spec.cameras().size() == 1 && sent.pictures().size() == 1) {
            return sent.pictures().getFirst();
        }
        boolean onlyOneLeft = spec.cameras().stream().filter(c -> findNamed(c, sent) == null).count() == 1;
        return onlyOneLeft ? sent.picture("image") : null;
    }

    private static Item findNamed(Feature camera, SentObservation sent) {
        String name = shortName(camera);
        Item exact = sent.picture(name);
        return exact != null ? exact : sent.picture(name + "_image");
    }

    private float[] vector(Feature feature, SentObservation sent) {
        boolean theState = feature.type() == FeatureType.STATE && states == 1;
        float[] values = theState ? state(feature, sent) : named(feature, sent);
        if (values.length != feature.size()) {
            throw new IllegalArgumentException(
                    "the state has " + values.length + " numbers, " + feature.name() + " wants " + feature.size());
        }
        return values;
    }

    private static float[] named(Feature feature, SentObservation sent) {
        Item item = sent.vector(shortName(feature));
        if (item == null) {
            throw new IllegalArgumentException(feature.name() + " is missing");
        }
        return read(item);
    }

    /// The arm's state: under its own name, as one arm, as two arms (left first), or as openpi's joints and gripper.
    private static float[] state(Feature feature, SentObservation sent) {
        Item whole = sent.vector(shortName(feature));
        if (whole == null) {
            whole = sent.vector("arm");
        }
        if (whole != null) {
            return read(whole);
        }
        float[] pair = pair(sent, "left_arm", "right_arm");
        if (pair == null) {
            pair = pair(sent, "joint_position", "gripper_position");
        }
        if (pair != null) {
            return pair;
        }
        Item only = sent.onlyVector();
        if (only == null || only.name().equals("environment_state")) {
            throw new IllegalArgumentException("the state is missing");
        }
        return read(only);
    }

    private static float[] pair(SentObservation sent, String first, String second) {
        Item a = sent.vector(first);
        Item b = sent.vector(second);
        if (a == null && b == null) {
            return null;
        }
        if (a == null || b == null) {
            throw new IllegalArgumentException(
                    "state '" + (a == null ? first : second) + "' is missing beside '" + (a == null ? second : first)
                    + "'");
        }
        return Vectors.concat(read(a), read(b));
    }

    private static float[] read(Item item) {
        try {
            return Vectors.read(item.value());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("state '" + item.path() + "' " + e.getMessage(), e);
        }
    }

    private String wants() {
        StringJoiner out = new StringJoiner(", ");
        for (Feature feature : spec.inputs()) {
            if (feature.type() == FeatureType.VISUAL) {
                out.add("camera '" + shortName(feature) + "' uint8 [" + feature.shape().get(1) + ", "
                        + feature.shape().get(2) + ", 3]");
            } else if (feature.type() == FeatureType.LANGUAGE) {
                out.add("'task' or " + feature.name() + " [" + feature.size() + "]");
            } else {
                out.add(feature.name() + " [" + feature.size() + "]");
            }
        }
        return out.toString();
    }

    /// `front` for `observation.images.front`, `state` for `observation.state`.
    static String shortName(Feature feature) {
        return feature.name().substring(feature.name().lastIndexOf('.') + 1);
    }
}
