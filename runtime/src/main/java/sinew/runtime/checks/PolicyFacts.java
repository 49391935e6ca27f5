package sinew.runtime.checks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.ValueRange;
import sinew.engine.policy.VisionSpec;
import sinew.engine.policy.VisionSpec.ResizeMode;
import sinew.engine.policy.VisionSpec.Size;

/// What is known of a policy, from its own file or from what a server tells of it.
///
/// @param inputs      what it wants to be told; empty when that is not known
/// @param actionDim   values of an action; 0 when not known
/// @param actionSteps actions of a chunk; 0 when not known
/// @param ranges      what the training data ranged over, by feature, as far as known
/// @param vision      how pictures are resized and cropped, or null when that is not known or there are none
/// @param task        what its server serves it for, or null
/// @param renames     what its server calls a camera or state of a request, by its path there
public record PolicyFacts(
        List<Feature> inputs,
        int actionDim,
        int actionSteps,
        Map<String, ValueRange> ranges,
        VisionSpec vision,
        String task,
        Map<String, String> renames) {

    public PolicyFacts {
        inputs = List.copyOf(inputs);
        ranges = Map.copyOf(ranges);
        renames = Map.copyOf(renames);
    }

    /// Of a policy in this process.
    public static PolicyFacts of(PolicySpec spec, Map<String, ValueRange> ranges) {
        VisionSpec vision = spec instanceof DiffusionSpec diffusion ? diffusion.vision() : null;
        return new PolicyFacts(
                spec.inputs(), spec.action().size(), spec.nActionSteps(), ranges, vision, null, Map.of());
    }

    /// Of a served policy. Servers other than Sinew's tell less, or nothing; what cannot be read is not known.
    public static PolicyFacts of(Map<String, Object> metadata) {
        List<Feature> inputs = new ArrayList<>();
        map(metadata.get("features")).forEach((name, shape) -> {
            List<Integer> sizes = integers(shape);
            if (!sizes.isEmpty()) {
                inputs.add(new Feature(name, type(name, sizes), sizes));
            }
        });
        Map<String, ValueRange> ranges = new LinkedHashMap<>();
        map(metadata.get("statistics")).forEach((name, range) -> {
            float[] min = floats(map(range).get("min"));
            float[] max = floats(map(range).get("max"));
            if (min.length > 0 && min.length == max.length) {
                ranges.put(name, new ValueRange(min, max));
            }
        });
        Map<String, String> renames = new LinkedHashMap<>();
        map(metadata.get("rename_map")).forEach((sent, name) -> renames.put(sent, String.valueOf(name)));
        return new PolicyFacts(inputs, integer(metadata.get("action_dim")), integer(metadata.get("n_action_steps")),
                ranges, vision(metadata), metadata.get("task") instanceof String task ? task : null, renames);
    }

    private static FeatureType type(String name, List<Integer> shape) {
        if (shape.size() == 3) {
            return FeatureType.VISUAL;
        }
        if (name.startsWith("observation.language")) {
            return FeatureType.LANGUAGE;
        }
        return name.endsWith("environment_state") ? FeatureType.ENV : FeatureType.STATE;
    }

    private static VisionSpec vision(Map<String, Object> metadata) {
        if (!(metadata.get("vision") instanceof Map<?, ?>)) {
            return null;
        }
        Map<String, Object> vision = map(metadata.get("vision"));
        ResizeMode mode = ResizeMode.BILINEAR_ANTIALIAS;
        for (ResizeMode known : ResizeMode.values()) {
            mode = known.name().toLowerCase(Locale.ROOT).equals(vision.get("resize_mode")) ? known : mode;
        }
        return new VisionSpec("", false, size(vision.get("resize")), mode, size(vision.get("crop")), 0, false);
    }

    private static Size size(Object value) {
        List<Integer> size = integers(value);
        return size.size() == 2 ? new Size(size.get(0), size.get(1)) : null;
    }

    private static Map<String, Object> map(Object value) {
        Map<String, Object> named = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, entry) -> named.put(String.valueOf(key), entry));
        }
        return named;
    }

    private static int integer(Object value) {
        return value instanceof Number number ? number.intValue() : 0;
    }

    /// Empty when it is something else.
    private static List<Integer> integers(Object value) {
        List<Integer> integers = new ArrayList<>();
        for (float number : floats(value)) {
            if (number < 1 || number != Math.rint(number)) {
                return List.of();
            }
            integers.add((int) number);
        }
        return integers;
    }

    /// Numbers as they come from the wire, or from a server in this process; empty when they are something else.
    private static float[] floats(Object value) {
        if (value instanceof float[] floats) {
            return floats;
        }
        if (!(value instanceof List<?> list)) {
            return new float[0];
        }
        float[] floats = new float[list.size()];
        for (int i = 0; i < floats.length; i++) {
            if (!(list.get(i) instanceof Number number)) {
                return new float[0];
            }
            floats[i] = number.floatValue();
        }
        return floats;
    }

    /// The cameras among the inputs.
    List<Feature> cameras() {
        return inputs.stream().filter(f -> f.type() == FeatureType.VISUAL).toList();
    }

    /// The range of a feature of this many values, or null.
    ValueRange range(String feature, int size) {
        ValueRange range = ranges.get(feature);
        return range != null && range.min().length == size && range.max().length == size ? range : null;
    }
}
