package sinew.runtime.sim;

import java.util.SplittableRandom;

/// Adds a sensor's noise: normal, independent from pixel to pixel, another pattern in each picture.
final class PixelNoise {
    private static final int TABLE = 1 << 14;
    private final byte[] offsets = new byte[TABLE];
    private int picture;

    PixelNoise(double sigma) {
        SplittableRandom random = new SplittableRandom(4711);
        for (int i = 0; i < TABLE; i++) {
            offsets[i] = (byte) Math.clamp(Math.round(random.nextGaussian() * sigma), -127, 127);
        }
    }

    void add(byte[] rgb) {
        int state = ++picture * 0x9E3779B1;
        for (int i = 0; i < rgb.length; i++) {
            // A multiplicative walk through the table; its period is far longer than a picture.
            state = state * 0x2C9277B5 + 0x3C6EF35F;
            int v = (rgb[i] & 0xFF) + offsets[state >>> 18];
            rgb[i] = (byte) Math.clamp(v, 0, 255);
        }
    }
}
