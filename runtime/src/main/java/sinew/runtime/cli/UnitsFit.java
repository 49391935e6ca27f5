package sinew.runtime.cli;

import java.util.List;
import java.util.Map;
import sinew.runtime.arm.Units;
import sinew.runtime.arm.UnitsEvidence;

/// Whether a served policy was trained in the units of an arm, as far as its statistics tell.
///
/// @param known   whether the server tells statistics of an arm's joints
/// @param problem why the policy must not drive the arm, or null
record UnitsFit(boolean known, String problem) {
    private static final List<String> FEATURES = List.of("action", "observation.state");

    /// @param metadata what the server said about itself
    /// @param joints   of the arm or arms
    static UnitsFit of(Map<String, Object> metadata, int joints, Units units) {
        boolean known = false;
        for (String feature : FEATURES) {
            Map<?, ?> range = map(map(metadata.get("statistics")).get(feature));
            float[] min = floats(range.get("min"));
            float[] max = floats(range.get("max"));
            if (min.length != joints || max.length != joints) {
                continue;
            }
            known = true;
            String problem = UnitsEvidence.of(min, max).contradiction(units);
            if (problem != null) {
                return new UnitsFit(true, problem);
            }
        }
        return new UnitsFit(known, null);
    }

    private static Map<?, ?> map(Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
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
}
