package sinew.runtime.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import sinew.runtime.compare.ComparisonReport;
import sinew.runtime.compare.ComparisonReport.Side;

/// A comparison of ways of predicting as JSON for programs.
final class ComparisonJson {
    private ComparisonJson() {}

    /// Fills `out`. Deviations are in robot units.
    static void write(ComparisonReport report, ObjectNode out) {
        out.put("dataset", report.observations());
        out.put("observations", report.moments());
        out.put("seeds", report.seeds());
        out.put("predictions", report.moments() * report.seeds());
        side(report.policy(), out.putObject("policy"));
        if (report.spread() != null) {
            DeviationJson.write(report.joints(), report.range(), report.spread(), out.putObject("noise"));
        }
        ArrayNode against = out.putArray("against");
        for (Side other : report.against()) {
            ObjectNode node = against.addObject();
            side(other, node);
            node.put("values_per_joint", other.deviation().values());
            DeviationJson.write(report.joints(), report.range(), other.deviation(), node);
        }
    }

    private static void side(Side side, ObjectNode out) {
        out.put("scheduler", side.scheduler()).put("steps", side.steps());
        out.put("type", side.type().name().toLowerCase(Locale.ROOT)).put("bytes", side.bytes());
        out.put("prediction_ms", side.millis());
    }
}
