package sinew.runtime.camera;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CameraSettingsTest {
    @Test
    void readsWhatPeopleAndLeRobotWrite() {
        Map<String, CameraSettings> cameras = CameraSettings.parse(
                "{ front: {type: v4l2, index_or_path: /dev/v4l/by-path/pci-0000:00:14.0-usb-0:1:1.0-video-index0, "
                + "width: 640,"
                        + " height: 480, fps: 30}, \"wrist\": "
                        + "{\"type\":\"opencv\",\"index_or_path\":2,\"rotation\":-90,\"fourcc\":\"MJPG\","
                        + " \"warmup_s\":0, 'backend': null}}");
        assertEquals(List.of("front", "wrist"), List.copyOf(cameras.keySet()));
        assertEquals(
                new CameraSettings("front", CameraSettings.Type.V4L2,
                "/dev/v4l/by-path/pci-0000:00:14.0-usb-0:1:1.0-video-index0",
                        640, 480, 30, 0, null, 1000),
                cameras.get("front"));
        assertEquals(new CameraSettings("wrist", CameraSettings.Type.V4L2, "/dev/video2", 640, 480, 30, 270, "MJPG", 0),
                cameras.get("wrist"));
        assertEquals(Map.of(), CameraSettings.parse("{}"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "{front: {type: v4l2}}; index_or_path is missing",
        "{front: {type: realsense, index_or_path: 0}}; type is v4l2",
        "{front: {index_or_path: 0, widht: 3}}; unknown setting widht",
        "{front: {index_or_path: 0, width: wide}}; width must be a whole number",
        "{front: {index_or_path: 0, rotation: 45}}; rotation is 0, 90, 180 or -90",
        "{front: {index_or_path: 0, color_mode: bgr}}; color_mode rgb",
        "{front: 0}; must have its settings in braces",
        "{front: {index_or_path: 0; expected",
        "front; expected '{'",
        "{a: {index_or_path: 0}, a: {index_or_path: 1}}; twice",
        "{{{{{{{{{{{{{{{{{{{{; expected",
    })
    void saysWhatIsWrong(String text, String complaint) {
        CameraException e = assertThrows(CameraException.class, () -> CameraSettings.parse(text));
        assertTrue(e.getMessage().contains(complaint), e.getMessage());
    }
}
