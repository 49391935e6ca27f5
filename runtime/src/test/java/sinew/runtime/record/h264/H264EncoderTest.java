package sinew.runtime.record.h264;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.jcodec.codecs.h264.H264Decoder;
import org.jcodec.common.model.ColorSpace;
import org.jcodec.common.model.Picture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class H264EncoderTest {
    private static final int FRAMES = 7;

    /// Someone else's decoder must show, sample by sample, what the encoder predicts the next picture from.
    /// JCodec's decoder deblocks even where the stream forbids it; up to QP 15 that changes nothing.
    @ParameterizedTest
    @CsvSource({"16, 16, 12", "48, 32, 13", "64, 48, 14", "80, 16, 15", "16, 80, 15", "64, 64, 12"})
    void jcodec_sees_exactly_what_the_encoder_predicts_from(int width, int height, int qp) {
        for (Content content : Content.values()) {
            H264Encoder encoder = new H264Encoder(width, height, 30);
            H264Decoder decoder = new H264Decoder();
            SplittableRandom random = new SplittableRandom(qp);
            for (int frame = 0; frame < FRAMES; frame++) {
                content.fill(encoder.input(), frame, random);
                ByteBuffer nals = encoder.encode(frame % 4 == 0, qp);
                Picture shown = decoder.decodeFrame(copy(nals), Picture.create(width, height, ColorSpace.YUV420J).getData());
                String where = content + ", frame " + frame;
                YuvPicture expected = encoder.reconstruction();
                assertArrayEquals(signed(expected.luma()), shown.getPlaneData(0), "luma of " + where);
                assertArrayEquals(signed(expected.blue()), shown.getPlaneData(1), "Cb of " + where);
                assertArrayEquals(signed(expected.red()), shown.getPlaneData(2), "Cr of " + where);
            }
        }
    }

    /// The same over the whole range of quantisers, where ffmpeg is installed.
    @ParameterizedTest
    @ValueSource(ints = {12, 17, 23, 24, 30, 35, 36, 41, 46, 51})
    void ffmpeg_sees_exactly_what_the_encoder_predicts_from(int qp, @TempDir Path dir) throws Exception {
        assumeTrue(installed("ffmpeg"), "ffmpeg is not installed: its decoder cannot be asked");
        for (Content content : Content.values()) {
            H264Encoder encoder = new H264Encoder(80, 64, 30);
            SplittableRandom random = new SplittableRandom(qp);
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            for (int frame = 0; frame < FRAMES; frame++) {
                content.fill(encoder.input(), frame, random);
                ByteBuffer nals = encoder.encode(frame % 4 == 0, qp);
                stream.write(nals.array(), nals.position(), nals.remaining());
                YuvPicture recon = encoder.reconstruction();
                expected.writeBytes(recon.luma());
                expected.writeBytes(recon.blue());
                expected.writeBytes(recon.red());
            }
            Path in = Files.write(dir.resolve("in.h264"), stream.toByteArray());
            Path out = dir.resolve("out.yuv");
            Process ffmpeg = new ProcessBuilder(
                            "ffmpeg", "-v", "error", "-y", "-i", in.toString(), "-vsync", "passthrough",
                            "-f", "rawvideo", "-pix_fmt", "yuv420p", out.toString())
                    .redirectErrorStream(true)
                    .start();
            ffmpeg.getInputStream().readAllBytes();
            assertEquals(0, ffmpeg.waitFor());
            assertArrayEquals(expected.toByteArray(), Files.readAllBytes(out), content.toString());
        }
    }

    private static boolean installed(String program) {
        try {
            Process process = new ProcessBuilder(program, "-version").redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void finer_quantisers_are_closer_to_the_truth() {
        double before = 0;
        for (int qp = 48; qp >= 12; qp -= 6) {
            H264Encoder encoder = new H264Encoder(64, 48, 30);
            Content.SCENE.fill(encoder.input(), 0, new SplittableRandom(1));
            encoder.encode(true, qp);
            double decibels = decibels(encoder.input().luma(), encoder.reconstruction().luma());
            assertTrue(decibels > before + 1, "QP " + qp + " gives " + decibels + " dB after " + before);
            before = decibels;
        }
        assertTrue(before > 48, before + " dB at the finest");
    }

    @Test
    void a_still_picture_costs_next_to_nothing() {
        H264Encoder encoder = new H264Encoder(640, 480, 30);
        Content.SCENE.fill(encoder.input(), 0, new SplittableRandom(1));
        encoder.encode(true, 24);
        encoder.encode(false, 24); // what the first left over
        assertTrue(encoder.encode(false, 24).remaining() < 200);
    }

    @Test
    void refuses_what_it_cannot_code() {
        assertThrows(IllegalArgumentException.class, () -> new H264Encoder(15, 16, 30));
        assertThrows(IllegalArgumentException.class, () -> new H264Encoder(16, 0, 30));
        H264Encoder encoder = new H264Encoder(16, 16, 30);
        assertThrows(IllegalArgumentException.class, () -> encoder.encode(true, 11));
        assertThrows(IllegalArgumentException.class, () -> encoder.encode(true, 52));
        assertThrows(IllegalStateException.class, () -> encoder.encode(false, 24));
    }

    @Test
    void start_codes_never_appear_inside() {
        BitSink bits = new BitSink();
        byte[] payload = {0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 7};
        for (byte b : payload) {
            bits.u(8, b);
        }
        byte[] out = new byte[64];
        int end = bits.appendNal(0x65, out, 0);
        byte[] expected = {0, 0, 0, 1, 0x65, 0, 0, 3, 0, 0, 3, 0, 1, 0, 0, 3, 2, 0, 0, 3, 3, 0, 0, 4, 7};
        assertArrayEquals(expected, java.util.Arrays.copyOf(out, end));
    }

    @Test
    void exponential_golomb_codes_are_those_of_the_standard() {
        BitSink bits = new BitSink();
        for (int value : new int[] {0, 1, 2, 3, 7}) {
            bits.ue(value); // 1 010 011 00100 0001000
        }
        bits.se(-1); // 011
        bits.se(2); // 00100
        bits.trailing();
        byte[] out = new byte[16];
        int end = bits.appendNal(0, out, 0);
        assertEquals(5 + 4, end);
        assertEquals(0b10100110_01000001_00001100_10010000, ByteBuffer.wrap(out).getInt(5));
    }

    private enum Content {
        NOISE, SCENE, EXTREMES;

        void fill(YuvPicture picture, int frame, SplittableRandom random) {
            byte[][] planes = {picture.luma(), picture.blue(), picture.red()};
            for (int p = 0; p < 3; p++) {
                int stride = p == 0 ? picture.stride() : picture.stride() / 2;
                for (int i = 0; i < planes[p].length; i++) {
                    int x = i % stride;
                    int y = i / stride;
                    planes[p][i] = (byte) switch (this) {
                        case NOISE -> random.nextInt(256);
                        case SCENE -> (x / 9 == frame ? 220 : 90 + 40 * Math.sin(0.1 * x + 0.07 * y + p)) + x * y % 3;
                        case EXTREMES -> (x / 3 + y / 5 + frame) % 2 * 255;
                    };
                }
            }
        }
    }

    private static ByteBuffer copy(ByteBuffer nals) {
        ByteBuffer copy = ByteBuffer.allocate(nals.remaining());
        return copy.put(nals).flip();
    }

    /// JCodec keeps samples minus 128.
    private static byte[] signed(byte[] samples) {
        byte[] signed = new byte[samples.length];
        for (int i = 0; i < samples.length; i++) {
            signed[i] = (byte) ((samples[i] & 255) - 128);
        }
        return signed;
    }

    private static double decibels(byte[] a, byte[] b) {
        double squares = 0;
        for (int i = 0; i < a.length; i++) {
            int d = (a[i] & 255) - (b[i] & 255);
            squares += d * d;
        }
        return 10 * Math.log10(255 * 255 * a.length / squares);
    }
}
