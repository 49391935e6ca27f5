package sinew.engine.policy;

/// One camera frame: RGB, uint8, [H, W, 3] row-major.
public record Image(int height, int width, byte[] rgb) {
    public Image {
        if (rgb.length != Math.multiplyExact(Math.multiplyExact(height, width), 3)) {
            throw new IllegalArgumentException(
                    "an image of " + height + "x" + width + " has " + (long) height * width * 3 + " bytes, got " + rgb.length);
        }
    }
}
