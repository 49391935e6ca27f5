package sinew.runtime.record;

import java.io.IOException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jcodec.codecs.h264.H264Encoder;
import org.jcodec.common.Codec;
import org.jcodec.common.MuxerTrack;
import org.jcodec.common.VideoCodecMeta;
import org.jcodec.common.VideoEncoder.EncodedFrame;
import org.jcodec.common.io.NIOUtils;
import org.jcodec.common.io.SeekableByteChannel;
import org.jcodec.common.model.ColorSpace;
import org.jcodec.common.model.Packet;
import org.jcodec.common.model.Packet.FrameType;
import org.jcodec.common.model.Picture;
import org.jcodec.common.model.Size;
import org.jcodec.containers.mp4.muxer.MP4Muxer;

/// One H.264 video in an MP4 file that browsers play. It is written under a temporary name and appears under
/// its own when it is complete. Used by one thread.
final class VideoWriter implements AutoCloseable {
    private static final int SMALLEST = 16; // one macroblock

    private final Path target;
    private final Path part;
    private final int fps;
    private final int height;
    private final int width;
    private final FrameFitter fitter;
    private final QualityControl quality;
    private final Picture picture;
    private final SeekableByteChannel channel;
    private final MP4Muxer muxer;
    private ByteBuffer encoded;
    private H264Encoder encoder;
    private MuxerTrack track;
    private int frames;
    private boolean complete;

    /// @param fps    pictures per second of the video
    /// @param height of the first picture, in pixels; an odd size loses its last row or column, tiny ones grow
    VideoWriter(Path target, int fps, int height, int width) throws IOException {
        this.target = target;
        this.part = target.resolveSibling("." + target.getFileName() + ".part");
        this.fps = fps;
        this.height = Math.max(SMALLEST, height & ~1);
        this.width = Math.max(SMALLEST, width & ~1);
        this.fitter = new FrameFitter(this.height, this.width);
        this.quality = new QualityControl(this.height, this.width);
        this.picture = Picture.create(this.width, this.height, ColorSpace.YUV420J);
        this.encoded = ByteBuffer.allocate(64 * 1024 + this.height * this.width * 4);
        this.encoder = newEncoder();
        this.channel = NIOUtils.writableChannel(part.toFile());
        this.muxer = MP4Muxer.createMP4MuxerToChannel(channel);
    }

    /// Appends a picture; one of another size is resized.
    void add(byte[] rgb, int fromHeight, int fromWidth) throws IOException {
        Yuv.fill(fitter.fit(rgb, fromHeight, fromWidth), height, width, picture);
        EncodedFrame frame = encode();
        quality.encoded(frame.getData().remaining());
        if (track == null) {
            track = muxer.addVideoTrack(
                    Codec.H264,
                    VideoCodecMeta.createSimpleVideoCodecMeta(new Size(width, height), ColorSpace.YUV420));
        }
        FrameType type = frame.isKeyFrame() ? FrameType.KEY : FrameType.INTER;
        track.addFrame(Packet.createPacket(frame.getData(), frames, fps, 1, frames, type, null));
        frames++;
    }

    /// Completes the file and gives it its name.
    void finish() throws IOException {
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

    private H264Encoder newEncoder() {
        H264Encoder fresh = new H264Encoder(quality);
        fresh.setKeyInterval(1); // JCodec's predicted pictures drift away from what the player decodes
        return fresh;
    }

    private EncodedFrame encode() throws IOException {
        while (true) {
            try {
                encoded.clear();
                return encoder.encodeFrame(picture, encoded);
            } catch (BufferOverflowException e) {
                // JCodec's buffers are fixed: white noise at a fine quantiser does not fit
                if (!quality.coarser()) {
                    throw new IOException("picture " + frames + " of " + target.getFileName() + " does not compress", e);
                }
                encoder = newEncoder();
            }
        }
    }
}
