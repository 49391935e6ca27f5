package sinew.runtime.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
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
        DeviationJson.write(report.joints(), report.range(), report.deviation(), out);
        out.put("bytes", report.file().bytes()).put("f32_bytes", report.f32().bytes());
        out.put("step_weight_bytes", report.file().stepBytes()).put("f32_step_weight_bytes", report.f32().stepBytes());
        if (report.speed() != null) {
            out.put("step_ms", report.speed().millis()).put("f32_step_ms", report.speed().f32Millis());
        }
    }
}
