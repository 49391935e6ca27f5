package sinew.runtime.monitor;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import sinew.engine.policy.Image;
import sinew.runtime.control.OperatorPanel;
import sinew.runtime.control.Phase;
import sinew.runtime.control.StepRecord;

/// The answer to `GET /api/obs`, field for field as the Python system gave it.
final class ObsJson {
    private ObsJson() {}

    /// @param record the newest step, or null when there was none yet
    /// @param frames its pictures
    static byte[] of(StepRecord record, List<FrameMessage> frames, OperatorPanel.Status status) {
        return JsonValues.object(json -> {
            if (record == null) {
                json.writeNullField("payload");
            } else {
                json.writeObjectFieldStart("payload");
                payload(json, record, frames);
                json.writeEndObject();
            }
            JsonValues.status(json, status);
        });
    }

    private static void payload(JsonGenerator json, StepRecord record, List<FrameMessage> frames) throws IOException {
        json.writeStringField("phase", record.phase().wireName());
        JsonValues.number(json, "t", record.unixSeconds());
        json.writeNumberField("episode", record.episode());
        json.writeNumberField("step", record.step());
        json.writeObjectFieldStart("obs");
        if (record.observation().task() != null) {
            json.writeStringField("task", record.observation().task());
        }
        JsonValues.states(json, record.observation().states());
        json.writeObjectFieldStart("images");
        for (FrameMessage frame : frames) {
            json.writeObjectFieldStart(frame.camera());
            json.writeStringField("jpeg_b64", Base64.getEncoder().encodeToString(frame.jpeg()));
            json.writeEndObject();
        }
        json.writeEndObject();
        json.writeObjectFieldStart("images_meta");
        for (Map.Entry<String, Image> camera : record.observation().images().entrySet()) {
            Image image = camera.getValue();
            json.writeObjectFieldStart(camera.getKey());
            json.writeFieldName("shape");
            json.writeArray(new int[] {image.height(), image.width(), 3}, 0, 3);
            json.writeStringField("dtype", "uint8");
            json.writeEndObject();
        }
        json.writeEndObject();
        json.writeEndObject();
        json.writeObjectFieldStart("info");
        info(json, record);
        json.writeEndObject();
    }

    private static void info(JsonGenerator json, StepRecord record) throws IOException {
        switch (record.phase()) {
            case STEP -> {
                json.writeNumberField("step", record.step());
                json.writeNumberField("episode", record.episode());
                JsonValues.verdict(json, "success", record.success());
                // The environment's word for what the demonstration did.
                if (record.groundTruth() != null) {
                    JsonValues.vector(json, "action", record.groundTruth());
                }
            }
            case STOPPED -> {
                json.writeBooleanField("user_stop", true);
                JsonValues.verdict(json, "success", record.success());
            }
            case RESET, WAITING_RESET -> {}
        }
        if (record.error() != null) {
            json.writeStringField("error", record.error());
        }
        if (record.phase() == Phase.STEP && record.applied() != null) {
            JsonValues.vector(json, "applied", record.applied());
        }
    }
}
