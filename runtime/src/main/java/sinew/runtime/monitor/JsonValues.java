package sinew.runtime.monitor;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import sinew.runtime.control.OperatorPanel;

/// What all JSON of the monitor has in common. Numbers that JSON cannot say (NaN, infinities) become null.
final class JsonValues {
    private static final JsonFactory FACTORY = new JsonFactory();

    private JsonValues() {}

    @FunctionalInterface
    interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    /// An object with the fields that `body` writes, in UTF-8.
    static byte[] object(Body body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
        try (JsonGenerator json = FACTORY.createGenerator(out)) {
            json.writeStartObject();
            body.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static void number(JsonGenerator json, String field, double value) throws IOException {
        json.writeFieldName(field);
        if (Double.isFinite(value)) {
            json.writeNumber(value);
        } else {
            json.writeNull();
        }
    }

    static void vector(JsonGenerator json, String field, float[] vector) throws IOException {
        json.writeFieldName(field);
        if (vector == null) {
            json.writeNull();
            return;
        }
        json.writeStartArray();
        for (float value : vector) {
            if (Float.isFinite(value)) {
                json.writeNumber(value);
            } else {
                json.writeNull();
            }
        }
        json.writeEndArray();
    }

    static void verdict(JsonGenerator json, String field, Boolean verdict) throws IOException {
        json.writeFieldName(field);
        if (verdict == null) {
            json.writeNull();
        } else {
            json.writeBoolean(verdict);
        }
    }

    static void states(JsonGenerator json, Map<String, float[]> states) throws IOException {
        json.writeObjectFieldStart("states");
        for (Map.Entry<String, float[]> arm : states.entrySet()) {
            vector(json, arm.getKey(), arm.getValue());
        }
        json.writeEndObject();
    }

    static void status(JsonGenerator json, OperatorPanel.Status status) throws IOException {
        json.writeObjectFieldStart("status");
        json.writeBooleanField("waiting_reset", status.waitingReset());
        json.writeBooleanField("stop_requested", status.stopRequested());
        json.writeBooleanField("stopped", status.stopped());
        json.writeEndObject();
    }
}
