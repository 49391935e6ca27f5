package sinew.runtime.camera;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/// From a device's bytes to the picture that is delivered.
class PicturesTest {
    static Picture noise(int width, int height, long seed) {
        Picture picture = new Picture();
        picture.resize(width, height);
        new Random(seed).nextBytes(picture.rgb);
        return picture;
    }

    private static int[] pixel(byte[] rgb, int index) {
        return new int[] {rgb[index * 3] & 0xFF, rgb[index * 3 + 1] & 0xFF, rgb[index * 3 + 2] & 0xFF};
    }

    @Test
    void convertsYuyv() {
        // black, white | pure red, at full saturation; a line has four bytes of padding
        byte[] bytes = {16, (byte) 128, (byte) 235, (byte) 128, 81, 90, 81, (byte) 240, 1, 2, 3, 4};
        Picture picture = new Picture();
        Yuyv.decode(bytes, 12, 4, 1, picture);
        assertArrayEquals(new int[] {0, 0, 0}, pixel(picture.rgb, 0));
        assertArrayEquals(new int[] {255, 255, 255}, pixel(picture.rgb, 1));
        assertEquals(254, pixel(picture.rgb, 2)[0], 1);
        assertEquals(0, pixel(picture.rgb, 3)[1], 1);
        assertEquals(0, pixel(picture.rgb, 3)[2], 1);
    }

    static byte[] jpeg(int width, int height, int rgb) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, rgb ^ (x * 5 << 8) ^ y * 3);
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "jpg", out);
        return out.toByteArray();
    }

    @Test
    void readsJpegsWithoutHuffmanTables() throws IOException {
        byte[] whole = jpeg(64, 48, 0x402080);
        Picture expected = new Picture();
        Jpegs.decode(whole, whole.length, expected);
        ByteArrayOutputStream bare = new ByteArrayOutputStream();
        bare.write(whole, 0, 2);
        int at = 2;
        int removed = 0;
        while ((whole[at + 1] & 0xFF) != 0xDA) {
            int length = 2 + ((whole[at + 2] & 0xFF) << 8 | whole[at + 3] & 0xFF);
            if ((whole[at + 1] & 0xFF) == 0xC4) {
                removed++;
            } else {
                bare.write(whole, at, length);
            }
            at += length;
        }
        bare.write(whole, at, whole.length - at);
        bare.write(new byte[100]); // padding after the end is common
        assertTrue(removed > 0, "there were tables to remove");
        Picture found = new Picture();
        Jpegs.decode(bare.toByteArray(), bare.size(), found);
        assertArrayEquals(expected.rgb, found.rgb);
    }

    @Test
    void aDamagedJpegIsRefused() throws IOException {
        byte[] whole = jpeg(64, 48, 0);
        for (byte[] bytes : new byte[][] {new byte[0], new byte[50], Arrays.copyOf(whole, 20),
                {(byte) 0xFF, (byte) 0xD8, 1, 2, 3, 4}}) {
            assertThrows(IOException.class, () -> Jpegs.decode(bytes, bytes.length, new Picture()));
        }
    }

    @Property(tries = 200)
    void garbageNeverEscapesAsAnythingButARefusal(@ForAll byte[] tail) {
        byte[] bytes = new byte[tail.length + 2];
        bytes[0] = (byte) 0xFF;
        bytes[1] = (byte) 0xD8;
        System.arraycopy(tail, 0, bytes, 2, tail.length);
        assertThrows(IOException.class, () -> Jpegs.decode(bytes, bytes.length, new Picture()));
    }

    @Test
    void rotatesAsLeRobotDoes() {
        Picture picture = new Picture();
        picture.resize(3, 2); // 0 1 2 / 3 4 5
        for (int i = 0; i < 6; i++) {
            Arrays.fill(picture.rgb, i * 3, i * 3 + 3, (byte) i);
        }
        assertEquals("304152", rotated(picture, 90, 2, 3));
        assertEquals("543210", rotated(picture, 180, 3, 2));
        assertEquals("251403", rotated(picture, 270, 2, 3));
    }

    private static String rotated(Picture picture, int rotation, int width, int height) {
        byte[] out = new byte[width * height * 3];
        new Fitting(rotation, width, height).fit(picture, out);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < out.length; i += 3) {
            text.append(out[i]);
        }
        return text.toString();
    }

    @Test
    void cropsAboutTheMiddle() {
        assertArrayEquals(new int[] {160, 0, 960, 720}, Fitting.crop(1280, 720, 640, 480));
        assertArrayEquals(new int[] {0, 0, 640, 480}, Fitting.crop(640, 480, 640, 480));
        assertArrayEquals(new int[] {0, 80, 640, 480}, Fitting.crop(640, 640, 640, 480));
    }

    /// Against the definition, in floating point.
    @Property(tries = 60)
    void resizesLinearly(
            @ForAll @IntRange(min = 1, max = 40) int sourceWidth,
            @ForAll @IntRange(min = 1, max = 40) int sourceHeight,
            @ForAll @IntRange(min = 1, max = 30) int width,
            @ForAll @IntRange(min = 1, max = 30) int height,
            @ForAll long seed) {
        Picture picture = noise(sourceWidth, sourceHeight, seed);
        byte[] out = new byte[width * height * 3];
        new Fitting(0, width, height).fit(picture, out);
        int[] crop = Fitting.crop(sourceWidth, sourceHeight, width, height);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double sx = Math.clamp((x + 0.5) * crop[2] / width - 0.5, 0, crop[2] - 1);
                double sy = Math.clamp((y + 0.5) * crop[3] / height - 0.5, 0, crop[3] - 1);
                for (int c = 0; c < 3; c++) {
                    double expected = 0;
                    for (int j = 0; j < 2; j++) {
                        for (int i = 0; i < 2; i++) {
                            int px = crop[0] + Math.min(crop[2] - 1, (int) sx + i);
                            int py = crop[1] + Math.min(crop[3] - 1, (int) sy + j);
                            double wx = i == 0 ? 1 - (sx - (int) sx) : sx - (int) sx;
                            double wy = j == 0 ? 1 - (sy - (int) sy) : sy - (int) sy;
                            expected += wx * wy * (picture.rgb[(py * sourceWidth + px) * 3 + c] & 0xFF);
                        }
                    }
                    assertEquals(expected, out[(y * width + x) * 3 + c] & 0xFF, 0.8);
                }
            }
        }
    }
}
