package sinew.runtime.dataset;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import org.jcodec.api.FrameGrab;
import org.jcodec.api.JCodecException;
import org.jcodec.common.io.NIOUtils;
import org.jcodec.common.io.SeekableByteChannel;
import org.jcodec.common.model.Picture;
import sinew.engine.policy.Image;

/// The pictures of one camera in one episode, in order, out of an H.264 video.
final class EpisodeVideo implements Closeable {
    private final SeekableByteChannel channel;
    private final FrameGrab grab;

    /// @throws IOException with a message fit for a user when there is no such video or no decoder for it
    EpisodeVideo(LeRobotDataset.VideoSpan span, int fps) throws IOException {
        if (!Files.isRegularFile(span.file())) {
            throw new IOException("there is no " + span.file());
        }
        channel = NIOUtils.readableChannel(span.file().toFile());
        try {
            grab = FrameGrab.createFrameGrab(channel);
            grab.seekToFramePrecise((int) Math.round(span.from() * fps));
        } catch (JCodecException | RuntimeException e) {
            channel.close();
            throw new IOException(span.file() + " is no H.264 video that can be decoded here", e);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /// The next picture, or null at the end of the file.
    Image next() throws IOException {
        try {
            Picture picture = grab.getNativeFrame();
            return picture == null ? null : rgb(picture);
        } catch (RuntimeException e) {
            throw new IOException("the video is damaged: " + e, e);
        }
    }

    /// ITU-R BT.601, video range; JCodec keeps samples minus 128.
    private static Image rgb(Picture picture) {
        int width = picture.getCroppedWidth(), height = picture.getCroppedHeight(), stride = picture.getPlaneWidth(0);
        byte[] luma = picture.getPlaneData(0), blue = picture.getPlaneData(1), red = picture.getPlaneData(2);
        byte[] out = new byte[width * height * 3];
        for (int y = 0, o = 0; y < height; y++) {
            for (int x = 0; x < width; x++, o += 3) {
                int chroma = (y >> 1) * (stride >> 1) + (x >> 1);
                int l = 298 * (luma[y * stride + x] + 112), b = blue[chroma], r = red[chroma];
                out[o] = clamp(l + 409 * r + 128 >> 8);
                out[o + 1] = clamp(l - 100 * b - 208 * r + 128 >> 8);
                out[o + 2] = clamp(l + 516 * b + 128 >> 8);
            }
        }
        return new Image(height, width, out);
    }

    private static byte clamp(int value) {
        return (byte) Math.clamp(value, 0, 255);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
