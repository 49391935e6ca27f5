package sinew.runtime.monitor;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import sinew.engine.policy.Image;

/// A camera frame as the browser gets it: one binary WebSocket message. All numbers are big-endian.
///
/// | bytes | field |
/// |---|---|
/// | 0 | kind: 1 = JPEG |
/// | 1 | n, the length of the camera's name |
/// | 2..3 | zero |
/// | 4..11 | number of the step in the run, as `seq` in the telemetry, int64 |
/// | 12..19 | when the observation was there, Unix seconds, float64 |
/// | 20..20+n | the camera's name, UTF-8 |
/// | 20+n.. | the JPEG |
///
/// The reader of this is `frame.js` in module webui.
///
/// @param camera the camera's name
/// @param bytes  the whole message
/// @param header where the JPEG begins
record FrameMessage(String camera, byte[] bytes, int header) {
    private static final byte KIND_JPEG = 1;
    private static final int FIXED = 20;
    private static final int MAX_NAME = 255;
    private static final int USUAL_SIZE = 64 * 1024;

    static FrameMessage of(String camera, Image frame, long seq, double unixSeconds, JpegEncoder jpeg) {
        byte[] name = camera.getBytes(StandardCharsets.UTF_8);
        if (name.length > MAX_NAME) {
            throw new IllegalArgumentException("a camera's name has at most " + MAX_NAME + " bytes, got " + camera);
        }
        ByteBuffer header = ByteBuffer.allocate(FIXED + name.length)
                .put(KIND_JPEG)
                .put((byte) name.length)
                .putShort((short) 0)
                .putLong(seq)
                .putDouble(unixSeconds)
                .put(name);
        ByteArrayOutputStream out = new ByteArrayOutputStream(USUAL_SIZE);
        out.writeBytes(header.array());
        jpeg.encode(frame, out);
        return new FrameMessage(camera, out.toByteArray(), FIXED + name.length);
    }

    ByteBuffer message() {
        return ByteBuffer.wrap(bytes);
    }

    /// The JPEG alone.
    byte[] jpeg() {
        return Arrays.copyOfRange(bytes, header, bytes.length);
    }
}
