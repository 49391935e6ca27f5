package sinew.runtime.camera;

/// A picture that is used again and again: RGB, [H, W, 3] row-major, in an array that may be longer. Not thread-safe.
final class Picture {
    int width;
    int height;
    byte[] rgb = new byte[0];
    /// Counts the device's pictures; a gap tells of pictures that nobody fetched.
    long sequence;
    /// When it was taken, as [System#nanoTime].
    long nanos;

    /// Makes room for a picture of this size.
    void resize(int newWidth, int newHeight) {
        width = newWidth;
        height = newHeight;
        int needed = Math.multiplyExact(Math.multiplyExact(newWidth, newHeight), 3);
        if (rgb.length < needed) {
            rgb = new byte[needed];
        }
    }
}
