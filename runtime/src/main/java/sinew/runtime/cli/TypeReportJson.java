package sinew.runtime.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import sinew.engine.compare.ChunkDeviation.Spread;
import sinew.runtime.compare.TypeReport;

/// A report on a weight type as JSON for programs.
final class TypeReportJson {
    private TypeReportJson() {}

    /// Fills `out`. Deviations are in robot units.
    static void write(TypeReport report, ObjectNode out) {
        out.put("reference", "f32");
        out.put("dataset", report.observations());
        out.put("observations", report.moments());
        out.put("seeds", report.seeds());
        out.put("scheduler", report.scheduler());
        out.put("steps", report.steps());
        out.put("predictions", report.deviation().predictions());
        out.put("values_per_joint", report.deviation().values());
        ArrayNode joints = out.putArray("joints");
        for (int i = 0; i < report.joints().size(); i++) {
            ObjectNode joint = joints.addObject().put("name", report.joints().get(i));
            spread(report.deviation().joints().get(i), joint);
            if (report.range() != null) {
                joint.put("range_min", report.range().min()[i]).put("range_max", report.range().max()[i]);
            }
        }
        spread(report.deviation().worst(), out.putObject("worst"));
        out.put("bytes", report.file().bytes()).put("f32_bytes", report.f32().bytes());
        out.put("step_weight_bytes", report.file().stepBytes()).put("f32_step_weight_bytes", report.f32().stepBytes());
        if (report.speed() != null) {
            out.put("step_ms", report.speed().millis()).put("f32_step_ms", report.speed().f32Millis());
        }
    }

    private static void spread(Spread spread, ObjectNode out) {
        out.put("median", spread.median()).put("p99", spread.p99()).put("max", spread.max());
    }
}
