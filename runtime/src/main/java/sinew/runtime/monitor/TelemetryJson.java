package sinew.runtime.monitor;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import sinew.runtime.control.OperatorPanel;
import sinew.runtime.control.Seam;
import sinew.runtime.control.SeamSummary;
import sinew.runtime.control.StepRecord;
import sinew.runtime.control.Tally;
import sinew.runtime.env.Ticks;

/// The text message of the feed: where the loop stands now, and the plot points that this browser lacks.
/// Times are in milliseconds, rates in hertz; what is not known is null. The reader of this is `feed.js`.
final class TelemetryJson {
    private TelemetryJson() {}

    /// @param update   the number that the browser acknowledges
    /// @param snapshot the newest step, or null when there was none yet
    /// @param points   what this browser has not been sent
    static byte[] of(
            long update, Snapshot snapshot, OperatorPanel.Status status, List<History.Point> points) {
        return JsonValues.object(json -> {
            json.writeStringField("type", "telemetry");
            json.writeNumberField("update", update);
            JsonValues.status(json, status);
            if (snapshot == null) {
                json.writeNullField("now");
            } else {
                json.writeObjectFieldStart("now");
                json.writeNumberField("seq", snapshot.seq());
                now(json, snapshot.record());
                json.writeEndObject();
            }
            json.writeArrayFieldStart("points");
            for (History.Point point : points) {
                point(json, point);
            }
            json.writeEndArray();
        });
    }

    private static void now(JsonGenerator json, StepRecord record) throws IOException {
        json.writeStringField("phase", record.phase().wireName());
        JsonValues.number(json, "t", record.unixSeconds());
        json.writeNumberField("episode", record.episode());
        json.writeNumberField("step", record.step());
        json.writeStringField("task", record.observation().task());
        JsonValues.states(json, record.observation().states());
        json.writeArrayFieldStart("cameras");
        for (String camera : record.observation().images().keySet()) {
            json.writeString(camera);
        }
        json.writeEndArray();
        JsonValues.vector(json, "predicted", record.predicted());
        JsonValues.vector(json, "applied", record.applied());
        JsonValues.vector(json, "truth", record.groundTruth());
        StepRecord.Chunk chunk = record.chunk();
        json.writeObjectFieldStart("chunk");
        json.writeNumberField("index", chunk.index());
        json.writeNumberField("length", chunk.length());
        json.writeNumberField("left", chunk.left());
        json.writeEndObject();
        StepRecord.Timing timing = record.timing();
        json.writeObjectFieldStart("timing");
        JsonValues.number(json, "infer_ms", timing.inferMs());
        JsonValues.number(json, "prev_total_ms", timing.prevTotalMs());
        JsonValues.number(json, "round_trip_ms", timing.roundTripMs());
        JsonValues.number(json, "rate_hz", timing.rateHz());
        json.writeEndObject();
        pace(json, record.pace());
        json.writeStringField("connection", record.connection().name().toLowerCase(Locale.ROOT));
        // Whoever watches counts the episode that has just ended.
        tally(json, record.done() ? record.tally().plus(record.success()) : record.tally());
        json.writeStringField("error", record.error());
        json.writeStringField(
                "ending", record.ending() == null ? null : record.ending().name().toLowerCase(Locale.ROOT));
        JsonValues.verdict(json, "success", record.success());
    }

    private static void pace(JsonGenerator json, StepRecord.Pace pace) throws IOException {
        Ticks ticks = pace.ticks();
        SeamSummary seams = pace.seams();
        Seam last = seams == null ? null : seams.last();
        json.writeObjectFieldStart("pace");
        JsonValues.number(json, "late", ticks == null ? Double.NaN : ticks.late());
        JsonValues.number(json, "idle", ticks == null ? Double.NaN : ticks.idle());
        JsonValues.number(json, "jitter_ms", ticks == null ? Double.NaN : ticks.jitterMs());
        json.writeStringField("seam_rule", seams == null ? null : seams.rule().id());
        JsonValues.number(json, "seams", seams == null ? Double.NaN : seams.count());
        JsonValues.number(json, "seam_position", last == null ? Double.NaN : last.position());
        JsonValues.number(json, "seam_velocity", last == null ? Double.NaN : last.velocity());
        json.writeEndObject();
    }

    private static void tally(JsonGenerator json, Tally tally) throws IOException {
        json.writeObjectFieldStart("tally");
        json.writeNumberField("episodes", tally.episodes());
        json.writeNumberField("labelled", tally.labelled());
        json.writeNumberField("successes", tally.successes());
        JsonValues.number(json, "success_rate", tally.successRate());
        json.writeEndObject();
    }

    private static void point(JsonGenerator json, History.Point point) throws IOException {
        json.writeStartObject();
        json.writeNumberField("seq", point.seq());
        json.writeNumberField("episode", point.episode());
        json.writeNumberField("step", point.step());
        JsonValues.vector(json, "states", point.states());
        JsonValues.vector(json, "action", point.action());
        JsonValues.vector(json, "truth", point.truth());
        JsonValues.number(json, "infer_ms", point.timing().inferMs());
        JsonValues.number(json, "prev_total_ms", point.timing().prevTotalMs());
        JsonValues.number(json, "round_trip_ms", point.timing().roundTripMs());
        JsonValues.number(json, "rate_hz", point.timing().rateHz());
        json.writeEndObject();
    }
}
