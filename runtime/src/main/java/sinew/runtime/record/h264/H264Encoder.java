package sinew.runtime.record.h264;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// A small H.264 encoder for robot cameras: baseline profile, pictures predicted without motion from the one
/// before, so that a still background costs next to nothing and an arm that moves costs what it uncovers.
///
/// What a decoder makes of the stream is exactly what the encoder predicts from (no deblocking filter),
/// hence nothing drifts. Fast enough for 640x480 at 30 pictures a second on part of one core.
///
/// Facts: ITU-T Recommendation H.264; section numbers stand in the code. JCodec provides the code tables.
public final class H264Encoder {
    private static final int NAL_SLICE = 0x41;
    private static final int NAL_KEY_SLICE = 0x65;
    private static final int NAL_SEQUENCE = 0x67;
    private static final int NAL_PICTURE = 0x68;
    /// Finer levels of a DC would need codes that the baseline profile does not have.
    private static final int FINEST = 12;
    private static final int COARSEST = 51;
    private static final int SLICE_P = 5;
    private static final int SLICE_I = 7;

    private final int width;
    private final int height;
    private final int fps;
    private final BitSink bits = new BitSink();
    private final SliceCoder slice;
    private final YuvPicture source;
    private YuvPicture recon;
    private YuvPicture before;
    private byte[] out = new byte[1 << 16];
    private boolean started;
    private int frameNum;
    private int keyId;

    /// @param width  in pixels, even
    /// @param height in pixels, even
    public H264Encoder(int width, int height, int fps) {
        if (width < 2 || height < 2 || (width | height) % 2 != 0) {
            throw new IllegalArgumentException("4:2:0 pictures have an even size, got " + width + "x" + height);
        }
        this.width = width;
        this.height = height;
        this.fps = fps;
        this.source = YuvPicture.of(width, height);
        this.recon = YuvPicture.of(width, height);
        this.before = YuvPicture.of(width, height);
        this.slice = new SliceCoder(bits, source.stride() / 16, source.lines() / 16);
    }

    /// The picture to fill before [#encode], padding included.
    public YuvPicture input() {
        return source;
    }

    /// Encodes the input.
    ///
    /// @param key a picture that needs no other; the first must be one
    /// @param qp  quantiser, 12 (fine) to 51; six steps halve the bits
    /// @return Annex B NAL units, valid until the next call
    public ByteBuffer encode(boolean key, int qp) {
        if (qp < FINEST || qp > COARSEST) {
            throw new IllegalArgumentException("the quantiser is " + FINEST + " to " + COARSEST + ", got " + qp);
        }
        if (!key && !started) {
            throw new IllegalStateException("the first picture must be a key picture");
        }
        started = true;
        int end = 0;
        if (key) {
            frameNum = 0;
            end = parameterSets();
        }
        bits.clear();
        sliceHeader(key, qp);
        slice.code(source, key ? null : before, recon, qp);
        end = append(key ? NAL_KEY_SLICE : NAL_SLICE, end);
        frameNum = frameNum + 1 & (1 << ParameterSets.FRAME_NUM_BITS) - 1;
        YuvPicture free = before;
        before = recon;
        recon = free;
        return ByteBuffer.wrap(out, 0, end);
    }

    /// What a decoder shows for the last picture.
    YuvPicture reconstruction() {
        return before;
    }

    private int parameterSets() {
        bits.clear();
        ParameterSets.sequence(bits, width, height, fps);
        int end = append(NAL_SEQUENCE, 0);
        bits.clear();
        ParameterSets.picture(bits);
        return append(NAL_PICTURE, end);
    }

    private void sliceHeader(boolean key, int qp) {
        bits.ue(0); // first_mb_in_slice
        bits.ue(key ? SLICE_I : SLICE_P);
        bits.ue(0); // pic_parameter_set_id
        bits.u(ParameterSets.FRAME_NUM_BITS, frameNum);
        if (key) {
            bits.ue(keyId);
            keyId = 1 - keyId; // neighbouring key pictures must differ
            bits.flag(false); // no_output_of_prior_pics_flag
            bits.flag(false); // long_term_reference_flag
        } else {
            bits.flag(false); // num_ref_idx_active_override_flag
            bits.flag(false); // ref_pic_list_modification_flag_l0
            bits.flag(false); // adaptive_ref_pic_marking_mode_flag
        }
        bits.se(qp - 26);
        bits.ue(1); // disable_deblocking_filter_idc
    }

    private int append(int header, int end) {
        int needed = end + bits.size() + bits.size() / 2 + 16;
        if (out.length < needed) {
            out = Arrays.copyOf(out, needed * 2);
        }
        return bits.appendNal(header, out, end);
    }
}
