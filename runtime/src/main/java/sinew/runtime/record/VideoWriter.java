package sinew.runtime.record;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jcodec.common.Codec;
import org.jcodec.common.MuxerTrack;
import org.jcodec.common.VideoCodecMeta;
import org.jcodec.common.io.NIOUtils;
import org.jcodec.common.io.SeekableByteChannel;
import org.jcodec.common.model.ColorSpace;
import org.jcodec.common.model.Packet;
import org.jcodec.common.model.Packet.FrameType;
import org.jcodec.common.model.Size;
import org.jcodec.containers.mp4.muxer.MP4Muxer;
import sinew.runtime.record.h264.H264Encoder;

/// One H.264 video in an MP4 file that browsers play. It is written under a temporary name and appears under
/// its own when it is complete. Used by one thread.
public final class VideoWriter implements AutoCloseable {
    private final Path target;
    private final Path part;
    private final int fps;
    private final int height;
    private final int width;
    private final FrameFitter fitter;
    private final QualityControl quality;
    private final H264Encoder encoder;
    private final SeekableByteChannel channel;
    private final MP4Muxer muxer;
    private MuxerTrack track;
    private int frames;
    private long bytes;
    private boolean complete;

    /// @param fps    pictures per second of the video
    /// @param height of the first picture, in pixels; an odd size loses its last row or column
    public VideoWriter(Path target, int fps, int height, int width) throws IOException {
        if (height < 2 || width < 2) {
            throw new IOException("a video needs pictures of at least 2x2 pixels, got " + height + "x" + width);
        }
        this.target = target;
        this.part = target.resolveSibling("." + target.getFileName() + ".part");
        this.fps = fps;
        this.height = height & ~1;
        this.width = width & ~1;
        this.fitter = new FrameFitter(this.height, this.width);
        this.quality = new QualityControl(this.height, this.width);
        this.encoder = new H264Encoder(this.width, this.height, fps);
        this.channel = NIOUtils.writableChannel(part.toFile());
        this.muxer = MP4Muxer.createMP4MuxerToChannel(channel);
    }

    /// Appends a picture; one of another size is resized.
    public void add(byte[] rgb, int fromHeight, int fromWidth) throws IOException {
        Yuv.fill(fitter.fit(rgb, fromHeight, fromWidth), height, width, encoder.input());
        boolean key = frames % fps == 0; // one picture a second to seek to
        ByteBuffer encoded = encoder.encode(key, quality.qp());
        quality.encoded(encoded.remaining());
        bytes += encoded.remaining();
        if (track == null) {
            track = muxer.addVideoTrack(
                    Codec.H264,
                    VideoCodecMeta.createSimpleVideoCodecMeta(new Size(width, height), ColorSpace.YUV420));
        }
        FrameType type = key ? FrameType.KEY : FrameType.INTER;
        track.addFrame(Packet.createPacket(encoded, frames, fps, 1, frames, type, null));
        frames++;
    }

    /// Pictures appended so far.
    public int frames() {
        return frames;
    }

    /// Bytes that the pictures take so far.
    public long bytes() {
        return bytes;
    }

    /// Completes the file and gives it its name.
    public void finish() throws IOException {
        muxer.finish();
        channel.close();
        complete = true;
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /// Drops the file unless it was finished.
    @Override
    public void close() throws IOException {
        if (!complete) {
            channel.close();
            Files.deleteIfExists(part);
        }
    }
}
