package sinew.runtime.record;

import java.io.IOException;
import java.nio.file.Path;
import org.jcodec.api.FrameGrab;
import org.jcodec.api.JCodecException;
import org.jcodec.common.DemuxerTrackMeta;
import org.jcodec.common.io.NIOUtils;
import org.jcodec.common.io.SeekableByteChannel;
import org.jcodec.common.model.Picture;
import org.jcodec.containers.mp4.demuxer.MP4Demuxer;

/// Reads a video back.
record Mp4(int frames, int width, int height, double seconds) {
    static Mp4 read(Path file) throws IOException {
        try (SeekableByteChannel channel = NIOUtils.readableChannel(file.toFile());
                MP4Demuxer demuxer = MP4Demuxer.createMP4Demuxer(channel)) {
            DemuxerTrackMeta meta = demuxer.getVideoTrack().getMeta();
            return new Mp4(
                    meta.getTotalFrames(),
                    meta.getVideoCodecMeta().getSize().getWidth(),
                    meta.getVideoCodecMeta().getSize().getHeight(),
                    meta.getTotalDuration());
        }
    }

    /// Luma of one frame, [height][width], 0 to 255.
    static int[][] luma(Path file, int frame) throws IOException {
        try (SeekableByteChannel channel = NIOUtils.readableChannel(file.toFile())) {
            FrameGrab grab = FrameGrab.createFrameGrab(channel);
            Picture picture = null;
            for (int i = 0; i <= frame; i++) {
                picture = grab.getNativeFrame();
            }
            int[][] luma = new int[picture.getCroppedHeight()][picture.getCroppedWidth()];
            for (int y = 0; y < luma.length; y++) {
                for (int x = 0; x < luma[y].length; x++) {
                    luma[y][x] = picture.getPlaneData(0)[y * picture.getWidth() + x] + 128;
                }
            }
            return luma;
        } catch (JCodecException e) {
            throw new IOException(e);
        }
    }
}
