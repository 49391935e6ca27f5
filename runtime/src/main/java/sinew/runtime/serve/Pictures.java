package sinew.runtime.serve;

import java.nio.ByteBuffer;
import java.util.Arrays;
import sinew.engine.policy.Image;
import sinew.runtime.wire.NdArray;

/// Reads a camera picture in any of the forms that clients send.
final class Pictures {
    private Pictures() {}

    /// True for what [#read] might accept.
    static boolean looksLikeOne(Object value) {
        return value instanceof Image || value instanceof NdArray array && array.rank() >= 3;
    }

    /// An RGB picture of exactly the wanted size, from uint8 or from floats in [0, 1], as [H, W, 3] or [3, H, W],
    /// also with leading axes of length 1.
    ///
    /// @throws IllegalArgumentException says what it is instead, to follow the name of the camera
    static Image read(Object value, int height, int width) {
        if (value instanceof Image image) {
            if (image.height() != height || image.width() != width) {
                throw misfit(value, height, width);
            }
            return image;
        }
        if (!(value instanceof NdArray array)) {
            throw new IllegalArgumentException("is " + Shapes.describe(value) + "; send a numpy uint8 array "
                    + shape(height, width));
        }
        int[] dims = trailing(array);
        boolean channelsLast = Arrays.equals(dims, new int[] {height, width, 3});
        if (!channelsLast && !Arrays.equals(dims, new int[] {3, height, width})) {
            throw misfit(value, height, width);
        }
        byte[] pixels;
        if (array.isUint8()) {
            pixels = channelsLast ? array.toBytes() : interleave(array.data(), height * width);
        } else if (array.isFloat()) {
            byte[] bytes = quantise(array.toFloats());
            pixels = channelsLast ? bytes : interleave(ByteBuffer.wrap(bytes), height * width);
        } else {
            throw new IllegalArgumentException("is " + array + "; send uint8, or floats in [0, 1]");
        }
        return new Image(height, width, pixels);
    }

    private static IllegalArgumentException misfit(Object value, int height, int width) {
        return new IllegalArgumentException(
                "is " + Shapes.describe(value) + ", the policy wants uint8 " + shape(height, width)
                + " (height, width, RGB)");
    }

    private static String shape(int height, int width) {
        return "[" + height + ", " + width + ", 3]";
    }

    /// The shape without leading axes of length 1, down to three.
    private static int[] trailing(NdArray array) {
        int[] shape = array.shape();
        int from = 0;
        while (shape.length - from > 3 && shape[from] == 1) {
            from++;
        }
        return Arrays.copyOfRange(shape, from, shape.length);
    }

    /// [3, pixels] to [pixels, 3].
    private static byte[] interleave(ByteBuffer planes, int pixels) {
        byte[] out = new byte[3 * pixels];
        for (int channel = 0; channel < 3; channel++) {
            int plane = channel * pixels;
            for (int i = 0; i < pixels; i++) {
                out[3 * i + channel] = planes.get(plane + i);
            }
        }
        return out;
    }

    /// Floats to bytes by rounding: k / 255 must come back as k, and in float16 truncating turns some into k - 1.
    private static byte[] quantise(float[] values) {
        byte[] out = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            float v = values[i];
            if (!(v >= 0f && v <= 1f)) {
                throw new IllegalArgumentException("holds " + v
                        + "; float pictures lie in [0, 1], others are sent as uint8");
            }
            out[i] = (byte) (int) (v * 255f + 0.5f);
        }
        return out;
    }
}
