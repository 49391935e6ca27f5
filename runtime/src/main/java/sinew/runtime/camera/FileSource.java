package sinew.runtime.camera;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.jcodec.api.FrameGrab;
import org.jcodec.api.JCodecException;
import org.jcodec.common.io.NIOUtils;
import org.jcodec.common.io.SeekableByteChannel;

/// Pictures from disk in place of a camera's: one picture, the pictures of a folder in the order of their names, or a
/// video (H.264 in MP4), over and over.
final class FileSource implements PictureSource {
    private final CameraSettings settings;
    private final List<File> pictures;
    private final File video;
    private FrameGrab grab;
    private SeekableByteChannel channel;
    private int index;
    private long sequence;
    private long due = System.nanoTime();

    private FileSource(CameraSettings settings, List<File> pictures, File video) {
        this.settings = settings;
        this.pictures = pictures;
        this.video = video;
    }

    static FileSource open(CameraSettings settings) {
        Path path = Path.of(settings.path());
        String what = "camera " + settings.name() + ": " + path;
        if (Files.isDirectory(path)) {
            List<File> pictures = new ArrayList<>();
            try (Stream<Path> files = Files.list(path)) {
                files.filter(f -> isPicture(f.toString())).sorted().forEach(f -> pictures.add(f.toFile()));
            } catch (IOException e) {
                throw new CameraException(what + " cannot be read: " + e.getMessage(), e);
            }
            if (pictures.isEmpty()) {
                throw new CameraException(what + " holds no picture (.png, .jpg, .jpeg, .bmp)");
            }
            return new FileSource(settings, pictures, null);
        }
        if (!Files.isReadable(path)) {
            throw new CameraException(what + " is not there, or may not be read");
        }
        if (isPicture(path.toString())) {
            return new FileSource(settings, List.of(path.toFile()), null);
        }
        return new FileSource(settings, List.of(), path.toFile());
    }

    private static boolean isPicture(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".png") || lower.endsWith(".jpg") || lower.endsWith(".jpeg") || lower.endsWith(".bmp");
    }

    @Override
    public boolean next(Picture into, int timeoutMs) throws IOException {
        long now = System.nanoTime();
        if (due - now > timeoutMs * 1_000_000L) {
            LockSupport.parkNanos(timeoutMs * 1_000_000L);
            return false;
        }
        while (due - System.nanoTime() > 0) {
            LockSupport.parkNanos(due - System.nanoTime());
        }
        due = Math.max(due + 1_000_000_000L / settings.fps(), System.nanoTime() - 1_000_000_000L / settings.fps());
        if (video != null) {
            frame(into);
        } else if (sequence == 0 || pictures.size() > 1) { // a single picture stays where it was put
            Jpegs.copy(picture(), into);
        }
        into.sequence = sequence++;
        into.nanos = System.nanoTime();
        return true;
    }

    private BufferedImage picture() throws IOException {
        File file = pictures.get(index);
        index = (index + 1) % pictures.size();
        BufferedImage image = ImageIO.read(file);
        if (image == null) {
            throw new IOException(file + " is not a picture that can be read");
        }
        return image;
    }

    private void frame(Picture into) throws IOException {
        try {
            org.jcodec.common.model.Picture frame = grab == null ? null : grab.getNativeFrame();
            if (frame == null) {
                rewind();
                frame = grab.getNativeFrame();
            }
            if (frame == null) {
                throw new IOException(video + " has no pictures");
            }
            convert(frame, into);
        } catch (JCodecException | RuntimeException e) {
            throw new IOException(video + " is not a video that can be read (H.264 in MP4): " + e.getMessage(), e);
        }
    }

    /// 4:2:0, BT.601, limited range; the decoder's samples are signed.
    private static void convert(org.jcodec.common.model.Picture frame, Picture into) {
        int width = frame.getCroppedWidth();
        int height = frame.getCroppedHeight();
        into.resize(width, height);
        byte[] luma = frame.getPlaneData(0);
        byte[] u = frame.getPlaneData(1);
        byte[] v = frame.getPlaneData(2);
        int out = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++, out += 3) {
                int chroma = (y >> 1) * frame.getPlaneWidth(1) + (x >> 1);
                Yuyv.pixel(luma[y * frame.getPlaneWidth(0) + x] + 128, u[chroma], v[chroma], into.rgb, out);
            }
        }
    }

    private void rewind() throws IOException, JCodecException {
        close();
        channel = NIOUtils.readableChannel(video);
        grab = FrameGrab.createFrameGrab(channel);
    }

    @Override
    public String remarks() {
        return "";
    }

    @Override
    public void close() {
        NIOUtils.closeQuietly(channel);
        channel = null;
    }
}
