package sinew.runtime.record;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.StringJoiner;
import sinew.runtime.control.Seam;
import sinew.runtime.control.SeamSummary;
import sinew.runtime.control.StepRecord;
import sinew.runtime.env.Ticks;

/// How smoothly an episode went, as more fields of its line in metrics.jsonl. Times in milliseconds, jumps in robot units
/// (per step), all to a thousandth.
final class PaceJson {
    private PaceJson() {}

    /// `, "ticks": {...}, "seams": {...}`, or less.
    static String fields(StepRecord.Pace pace) {
        return (pace.ticks() == null ? "" : ", \"ticks\": " + ticks(pace.ticks()))
                + (pace.seams() == null ? "" : ", \"seams\": " + seams(pace.seams()));
    }

    private static String ticks(Ticks t) {
        return "{\"count\": " + t.ticks()
                + ", \"late\": " + t.late()
                + ", \"idle\": " + t.idle()
                + ", \"worst_ms\": " + number(t.worstMs())
                + ", \"mean_ms\": " + number(t.meanMs())
                + ", \"jitter_ms\": " + number(t.jitterMs())
                + ", \"pauses\": " + t.pauses()
                + ", \"paused_ms\": " + number(t.pausedMs())
                + "}";
    }

    private static String seams(SeamSummary s) {
        StringJoiner each = new StringJoiner(", ", "[", "]");
        for (Seam seam : s.each()) {
            each.add("[" + seam.step() + ", " + number(seam.position()) + ", " + number(seam.velocity()) + "]");
        }
        return "{\"rule\": \"" + s.rule().id() + "\""
                + ", \"count\": " + s.count()
                + ", \"position\": " + number(s.position())
                + ", \"position_worst\": " + number(s.worstPosition())
                + ", \"velocity\": " + number(s.velocity())
                + ", \"velocity_worst\": " + number(s.worstVelocity())
                + ", \"elsewhere_position\": " + number(s.elsewherePosition())
                + ", \"elsewhere_velocity\": " + number(s.elsewhereVelocity())
                + ", \"each\": " + each
                + "}";
    }

    private static String number(double value) {
        return Double.isNaN(value)
                ? "null"
                : BigDecimal.valueOf(value).setScale(3, RoundingMode.HALF_EVEN).toPlainString();
    }
}
