package sinew.runtime.camera;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.jcodec.api.SequenceEncoder;
import org.jcodec.common.model.ColorSpace;
import org.jcodec.common.model.Picture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class CameraTest {
    private static final long SECOND = 1_000_000_000L;

    @TempDir
    Path folder;

    private static CameraSettings settings(String fourcc) {
        return new CameraSettings("front", CameraSettings.Type.V4L2, "/dev/video0", 64, 48, 30, 0, fourcc, 0);
    }

    private static CameraSettings file(Path path, int width, int height) {
        return new CameraSettings("front", CameraSettings.Type.FILE, path.toString(), width, height, 100, 0, null, 0);
    }

    private static byte[] grey(int luma, int padding) {
        byte[] yuyv = new byte[(128 + padding) * 48];
        Arrays.fill(yuyv, (byte) 128);
        for (int i = 0; i < yuyv.length; i += 2) {
            yuyv[i] = (byte) luma;
        }
        return yuyv;
    }

    private static int lookFor(Camera camera, int value) throws InterruptedException {
        byte[] rgb = new byte[64 * 48 * 3];
        for (int i = 0; i < 500; i++) {
            camera.look(rgb, 10 * SECOND);
            if ((rgb[0] & 0xFF) == value) {
                return value;
            }
            Thread.sleep(2);
        }
        return rgb[0] & 0xFF;
    }

    @Test
    void theNewestPictureWins() throws Exception {
        FakeDevice device = new FakeDevice();
        device.padding = 6;
        V4l2Source source = V4l2Source.open(settings("YUYV"), device);
        assertEquals(V4l2.YUYV, device.chosenFormat);
        assertEquals("", source.remarks());
        for (int luma : new int[] {16, 100, 235, 50}) { // three buffers: the fourth picture is lost
            device.take(grey(luma, 6), 0);
        }
        sinew.runtime.camera.Picture picture = new sinew.runtime.camera.Picture();
        assertTrue(source.next(picture, 100));
        assertEquals(255, picture.rgb[0] & 0xFF, "the last one that had a buffer");
        assertEquals(3, picture.sequence);
        assertEquals(false, source.next(picture, 5), "each picture once");
        device.take(grey(16, 6), V4l2.BUFFER_ERROR);
        assertEquals(false, source.next(picture, 5), "a damaged one is none");
        device.take(grey(16, 6), 0);
        assertTrue(source.next(picture, 100));
        assertEquals(0, picture.rgb[0]);
        assertEquals(6, picture.sequence);
        source.close();
        assertEquals(List.of("open /dev/video0", "starting the stream", "stopping the stream", "unmap", "unmap",
                "unmap", "close 7"), device.log);
    }

    @Test
    void aCameraDeliversAndCountsWhatItLost() throws Exception {
        FakeDevice device = new FakeDevice();
        V4l2Source source = V4l2Source.open(settings(null), device);
        assertEquals(V4l2.MJPG, device.chosenFormat, "compressed pictures leave room for other cameras");
        byte[] jpeg = PicturesTest.jpeg(64, 48, 0);
        device.take(jpeg, 0);
        try (Camera camera = Camera.start(settings(null), source, () -> source)) {
            byte[] rgb = new byte[64 * 48 * 3];
            Camera.Look look = camera.look(rgb, SECOND);
            assertEquals(1, look.pictures());
            assertTrue(look.ageNanos() < SECOND);
            device.take(Arrays.copyOf(jpeg, 30), 0);
            device.take(jpeg, 0);
            while (camera.look(rgb, SECOND).pictures() < 2) {
                Thread.sleep(2);
            }
            assertEquals(1, camera.dropped());
        }
    }

    @Test
    void frozenAndVanishedCamerasAreReported() throws Exception {
        FakeDevice device = new FakeDevice();
        V4l2Source source = V4l2Source.open(settings("YUYV"), device);
        device.take(grey(235, 0), 0);
        try (Camera camera = Camera.start(settings("YUYV"), source, () -> {
            throw new CameraException("not yet");
        })) {
            assertEquals(255, lookFor(camera, 255));
            Thread.sleep(120);
            byte[] rgb = new byte[64 * 48 * 3];
            CameraException e = assertThrows(CameraException.class, () -> camera.look(rgb, SECOND / 10));
            assertTrue(e.getMessage().contains("front (/dev/video0) is frozen"), e.getMessage());
            device.take(grey(16, 0), 0);
            assertEquals(0, lookFor(camera, 0), "and it comes back");
            device.unplugged = true;
            Thread.sleep(300);
            camera.look(rgb, 10 * SECOND); // it may still come back in time
            e = assertThrows(CameraException.class, () -> camera.look(rgb, SECOND / 10));
            assertTrue(e.getMessage().contains("is gone: it was unplugged"), e.getMessage());
        }
    }

    @Test
    void aCameraThatVanishedIsOpenedAgain() throws Exception {
        FakeDevice device = new FakeDevice();
        V4l2Source source = V4l2Source.open(settings("YUYV"), device);
        device.take(grey(235, 0), 0);
        AtomicInteger attempts = new AtomicInteger();
        try (Camera camera = Camera.start(settings("YUYV"), source, () -> {
            attempts.incrementAndGet();
            return V4l2Source.open(settings("YUYV"), device);
        })) {
            assertEquals(255, lookFor(camera, 255));
            device.unplugged = true;
            while (attempts.get() < 2) {
                Thread.sleep(2);
            }
            device.unplugged = false;
            while (attempts.get() == 2) {
                Thread.sleep(2);
            }
            for (int i = 0; i < 200 && camera.losses() == 0; i++) { // its first buffers may come a little later
                device.take(grey(16, 0), 0);
                Thread.sleep(5);
            }
            assertEquals(0, lookFor(camera, 0));
            assertEquals(1, camera.losses());
        }
        assertTrue(device.log.contains("close 7"), device.log.toString());
    }

    @Test
    void whatADeviceDoesOtherwiseIsSaid() throws Exception {
        FakeDevice device = new FakeDevice();
        device.width = 80;
        device.rateDenominator = 15;
        device.formats = List.of(V4l2.YUYV);
        try (V4l2Source source = V4l2Source.open(settings("MJPG"), device)) {
            assertEquals("does not offer MJPG; delivers 80x48 instead of 64x48: cropped and resized;"
                    + " delivers 15.0 pictures per second instead of 30", source.remarks());
        }
        device.capabilities = 0x00800000;
        CameraException e = assertThrows(CameraException.class, () -> V4l2Source.open(settings(null), device));
        assertTrue(e.getMessage().contains("delivers no pictures") && e.getMessage().contains("sinew camera list"),
                e.getMessage());
        e = assertThrows(CameraException.class, () -> V4l2Source.open(settings(null), V4l2Calls.SYSTEM));
        assertTrue(e.getMessage().contains("/dev/video0"), e.getMessage());
    }

    @Test
    void camerasAreListed() throws Exception {
        Path byId = Files.createDirectories(folder.resolve("v4l/by-id"));
        for (String node : List.of("video10", "video2", "vcs")) {
            Files.createFile(folder.resolve(node));
        }
        Files.createSymbolicLink(byId.resolve("usb-A_Camera"), folder.resolve("video2"));
        List<V4l2Devices.Device> devices = V4l2Devices.list(folder, new FakeDevice());
        assertEquals(2, devices.size());
        assertEquals(new V4l2Devices.Device(
                folder.resolve("video2").toString(), "A Camera", List.of(byId.resolve("usb-A_Camera").toString()),
                List.of("YUYV 64x48", "MJPG 64x48")), devices.getFirst());
        assertEquals(List.of(), V4l2Devices.list(folder.resolve("nothing"), new FakeDevice()));
    }

    private static void png(Path path, int rgb) throws Exception {
        BufferedImage image = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 64 * 48; i++) {
            image.setRGB(i % 64, i / 64, rgb);
        }
        ImageIO.write(image, "png", path.toFile());
    }

    @Test
    void playsAFolderOfPictures() throws Exception {
        png(folder.resolve("a.png"), 0x102030);
        png(folder.resolve("b.png"), 0x405060);
        try (Camera camera = Camera.open(file(folder, 64, 48))) {
            for (int value : new int[] {0x10, 0x40, 0x10}) {
                assertEquals(value, lookFor(camera, value));
            }
        }
        CameraException e = assertThrows(
                CameraException.class, () -> Camera.open(file(folder.resolve("none.png"), 8, 8)));
        assertTrue(e.getMessage().contains("none.png is not there"), e.getMessage());
    }

    @Test
    void playsAVideoOverAndOver() throws Exception {
        Path video = folder.resolve("v.mp4");
        SequenceEncoder encoder = SequenceEncoder.createSequenceEncoder(video.toFile(), 30);
        for (int i = 0; i < 4; i++) {
            Picture frame = Picture.create(64, 48, ColorSpace.RGB);
            Arrays.fill(frame.getPlaneData(0), (byte) (i < 2 ? -128 : 127));
            encoder.encodeNativeFrame(frame);
        }
        encoder.finish();
        try (Camera camera = Camera.open(file(video, 64, 48))) {
            for (int round = 0; round < 2; round++) {
                byte[] rgb = new byte[64 * 48 * 3];
                boolean dark = false;
                boolean light = false;
                for (int i = 0; i < 500 && !(dark && light); i++) {
                    camera.look(rgb, SECOND);
                    int value = rgb[3 * 1000] & 0xFF;
                    dark |= value < 20;
                    light |= value > 235;
                    Thread.sleep(2);
                }
                assertTrue(dark && light);
            }
        }
        Path fake = Files.writeString(folder.resolve("w.mp4"), "this is no video");
        CameraException e = assertThrows(CameraException.class, () -> Camera.open(file(fake, 8, 8)));
        assertTrue(e.getMessage().contains("not a video that can be read"), e.getMessage());
    }
}
