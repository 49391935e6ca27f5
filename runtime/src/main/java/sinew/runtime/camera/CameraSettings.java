package sinew.runtime.camera;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// How a camera is to be used; LeRobot's own fields.
///
/// @param name     `front`, `wrist`
/// @param type     where its pictures come from
/// @param path     the device, the file or the folder
/// @param width    of the pictures delivered, after rotation
/// @param height   of the pictures delivered, after rotation
/// @param fps      pictures per second asked of the device
/// @param rotation 0, 90 (clockwise), 180 or 270 (LeRobot's -90)
/// @param fourcc   `MJPG` or `YUYV`, or null for whichever the camera does better
/// @param warmupMs for how long pictures are thrown away at first, while exposure settles
public record CameraSettings(
        String name, Type type, String path, int width, int height, int fps, int rotation, String fourcc,
        int warmupMs) {
    /// Where pictures come from.
    public enum Type {
        /// A USB camera through Video4Linux.
        V4L2,
        /// A picture, a video, or a folder of pictures, played at the asked rate for ever.
        FILE
    }

    private static final int LARGEST = 8192;
    private static final List<String> KEYS =
            List.of("type", "index_or_path", "width", "height", "fps", "rotation", "fourcc", "warmup_s", "color_mode",
                    "backend");

    public CameraSettings {
        require(path != null && !path.isBlank(), name,
                "index_or_path is missing: a device such as /dev/video0, or its number");
        require(width >= 1 && width <= LARGEST && height >= 1 && height <= LARGEST, name, "a picture of " + width + "x"
                + height + " cannot be");
        require(fps >= 1 && fps <= 1000, name, "fps must be 1 to 1000, got " + fps);
        require(rotation == 0 || rotation == 90 || rotation == 180 || rotation == 270, name,
                "rotation is 0, 90, 180 or -90, got " + rotation);
        require(fourcc == null || fourcc.equals("MJPG") || fourcc.equals("YUYV"), name, "fourcc is MJPG or YUYV, got "
                + fourcc);
        require(warmupMs >= 0, name, "warmup_s must not be negative");
    }

    private static void require(boolean holds, String name, String message) {
        if (!holds) {
            throw new CameraException("camera " + name + ": " + message);
        }
    }

    /// Reads `{front: {type: opencv, index_or_path: /dev/video0, fps: 30, width: 640, height: 480}, ...}`, with quotes
    /// or
    /// without, in the order given.
    ///
    /// @throws CameraException names the camera and the field
    public static Map<String, CameraSettings> parse(String text) {
        Map<String, CameraSettings> cameras = new LinkedHashMap<>();
        new FlowMap(text).parse().forEach((name, fields) -> {
            if (!(fields instanceof Map<?, ?> map)) {
                throw new CameraException("camera " + name + " must have its settings in braces, got " + fields);
            }
            Map<String, String> values = new LinkedHashMap<>();
            map.forEach((key, value) -> values.put(key.toString(), value.toString()));
            cameras.put(name, of(name, values));
        });
        return cameras;
    }

    private static CameraSettings of(String name, Map<String, String> fields) {
        for (String key : fields.keySet()) {
            require(KEYS.contains(key), name, "unknown setting " + key + "; there are " + KEYS);
        }
        fields.values().removeIf(v -> v.equals("null") || v.equals("None"));
        require(fields.getOrDefault("color_mode", "rgb").equals("rgb"), name, "policies want color_mode rgb");
        String type = fields.getOrDefault("type", "v4l2").toLowerCase(Locale.ROOT);
        require(List.of("v4l2", "opencv", "file").contains(type), name,
                "type is v4l2 (or opencv, the same here) or file, got " + type);
        String path = fields.get("index_or_path");
        if (path != null && path.matches("\\d+")) {
            path = "/dev/video" + path;
        }
        return new CameraSettings(
                name,
                type.equals("file") ? Type.FILE : Type.V4L2,
                path,
                whole(name, fields, "width", 640),
                whole(name, fields, "height", 480),
                whole(name, fields, "fps", 30),
                Math.floorMod(whole(name, fields, "rotation", 0), 360),
                fields.get("fourcc"),
                whole(name, fields, "warmup_s", 1) * 1000);
    }

    private static int whole(String name, Map<String, String> fields, String key, int otherwise) {
        String value = fields.get(key);
        if (value == null) {
            return otherwise;
        }
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new CameraException("camera " + name + ": " + key + " must be a whole number, got " + value);
        }
    }

    /// Whether the device's pictures lie on their side.
    boolean sideways() {
        return rotation == 90 || rotation == 270;
    }
}
