// Reads a camera frame: one binary message, big-endian.
//
//   0        kind, 1 = JPEG
//   1        n, length of the camera's name
//   2..3     zero
//   4..11    number of the step in the run, int64
//   12..19   when the observation was there, Unix seconds, float64
//   20..     the camera's name, n bytes of UTF-8, then the JPEG
//
// The writer of this is FrameMessage in sinew.runtime.monitor.

const FIXED = 20;
const KIND_JPEG = 1;
const text = new TextDecoder();

/** The frame in a message, or null when it is of a kind that this page does not know. */
export function readFrame(buffer) {
    const view = new DataView(buffer);
    if (buffer.byteLength < FIXED || view.getUint8(0) !== KIND_JPEG) {
        return null;
    }
    const start = FIXED + view.getUint8(1);
    return {
        camera: text.decode(new Uint8Array(buffer, FIXED, start - FIXED)),
        seq: Number(view.getBigInt64(4)),
        time: view.getFloat64(12),
        jpeg: new Blob([new Uint8Array(buffer, start)], { type: "image/jpeg" }),
    };
}
