package sinew.runtime.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sinew.engine.policy.Image;

@Timeout(60)
final class VideoWriterTest {
    @TempDir
    private Path dir;

    @ParameterizedTest
    @CsvSource({"480, 640", "48, 64", "50, 70", "37, 45", "16, 16"})
    void pictures_of_any_size_come_back(int height, int width) throws IOException {
        Path file = dir.resolve("v.mp4");
        int frames = 33; // beyond one key interval
        try (VideoWriter video = new VideoWriter(file, 30, height, width)) {
            for (int i = 0; i < frames; i++) {
                Image image = wave(height, width, i);
                video.add(image.rgb(), height, width);
            }
            assertFalse(Files.exists(file), "the file has its name only when it is complete");
            video.finish();
        }
        assertEquals(new Mp4(frames, width & ~1, height & ~1, frames / 30.0), Mp4.read(file));
        for (int i : new int[] {0, 29, 32}) {
            assertLike(wave(height, width, i), Mp4.luma(file, i), width);
        }
    }

    @Test
    void white_noise_stays_small_and_readable() throws IOException {
        Path file = dir.resolve("v.mp4");
        SplittableRandom random = new SplittableRandom(1);
        byte[] rgb = new byte[480 * 640 * 3];
        try (VideoWriter video = new VideoWriter(file, 30, 480, 640)) {
            for (int i = 0; i < 40; i++) {
                random.nextBytes(rgb);
                video.add(rgb, 480, 640);
            }
            video.finish();
        }
        assertEquals(40, Mp4.read(file).frames());
        assertTrue(Files.size(file) < 40 * 60_000, "40 frames of noise took " + Files.size(file) + " bytes");
    }

    @Test
    void pictures_of_another_size_are_resized() throws IOException {
        Path file = dir.resolve("v.mp4");
        try (VideoWriter video = new VideoWriter(file, 30, 48, 64)) {
            video.add(wave(48, 64, 0).rgb(), 48, 64);
            video.add(wave(96, 128, 0).rgb(), 96, 128);
            video.add(wave(24, 32, 0).rgb(), 24, 32);
            video.finish();
        }
        assertEquals(new Mp4(3, 64, 48, 0.1), Mp4.read(file));
        assertLike(wave(48, 64, 0), Mp4.luma(file, 1), 64);
    }

    @Test
    void a_video_that_is_not_finished_leaves_nothing() throws IOException {
        Path file = dir.resolve("v.mp4");
        try (VideoWriter video = new VideoWriter(file, 30, 48, 64)) {
            video.add(wave(48, 64, 0).rgb(), 48, 64);
        }
        try (var files = Files.list(dir)) {
            assertEquals(0, files.count());
        }
    }

    private static Image wave(int height, int width, int at) {
        byte[] rgb = new byte[height * width * 3];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double u = 6.0 * x / width + 0.1 * at;
                double v = 6.0 * y / height;
                int i = (y * width + x) * 3;
                rgb[i] = (byte) (128 + 100 * Math.sin(u));
                rgb[i + 1] = (byte) (128 + 100 * Math.cos(v + u));
                rgb[i + 2] = (byte) (128 + 100 * Math.sin(v));
            }
        }
        return new Image(height, width, rgb);
    }

    private static void assertLike(Image image, int[][] luma, int stride) {
        double squares = 0;
        for (int y = 0; y < luma.length; y++) {
            for (int x = 0; x < luma[y].length; x++) {
                int i = (y * stride + x) * 3;
                byte[] rgb = image.rgb();
                double expected =
                        16 + 0.257 * (rgb[i] & 255) + 0.504 * (rgb[i + 1] & 255) + 0.098 * (rgb[i + 2] & 255);
                squares += (luma[y][x] - expected) * (luma[y][x] - expected);
            }
        }
        double rms = Math.sqrt(squares / luma.length / luma[0].length);
        assertTrue(rms < 6, "the picture differs by " + rms + " grey levels");
    }
}
