package sinew.runtime.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import sinew.engine.compare.ChunkDeviation;
import sinew.engine.compare.ChunkDeviation.Spread;
import sinew.engine.policy.ValueRange;

/// Deviations of action chunks joint by joint, as JSON for programs: in robot units.
final class DeviationJson {
    private DeviationJson() {}

    /// Adds `joints` and `worst`.
    ///
    /// @param range of the training data, or null where it is not known
    static void write(List<String> names, ValueRange range, ChunkDeviation deviation, ObjectNode out) {
        ArrayNode joints = out.putArray("joints");
        for (int i = 0; i < names.size(); i++) {
            ObjectNode joint = joints.addObject().put("name", names.get(i));
            spread(deviation.joints().get(i), joint);
            if (range != null) {
                joint.put("range_min", range.min()[i]).put("range_max", range.max()[i]);
            }
        }
        spread(deviation.worst(), out.putObject("worst"));
    }

    private static void spread(Spread spread, ObjectNode out) {
        out.put("median", spread.median()).put("p99", spread.p99()).put("max", spread.max());
    }
}
