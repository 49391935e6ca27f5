package sinew.runtime.record.h264;

/// What a decoder must know before the first picture: sequence and picture parameter set (H.264, 7.3.2).
final class ParameterSets {
    /// Bits of frame_num.
    static final int FRAME_NUM_BITS = 8;

    private static final int BASELINE = 66;
    private static final int BT601 = 6;
    /// level_idc, macroblocks per picture, macroblocks per second (table A-1).
    private static final int[][] LEVELS = {
        {30, 1620, 40_500}, {31, 3600, 108_000}, {40, 8192, 245_760}, {51, 36_864, 983_040}
    };

    private ParameterSets() {}

    static void sequence(BitSink out, int width, int height, int fps) {
        int columns = (width + 15) / 16;
        int rows = (height + 15) / 16;
        out.u(8, BASELINE);
        out.u(8, 0xC0); // also fits the main profile
        out.u(8, level(columns * rows, fps));
        out.ue(0); // seq_parameter_set_id
        out.ue(FRAME_NUM_BITS - 4);
        out.ue(2); // pic_order_cnt_type: pictures are shown in the order of decoding
        out.ue(1); // max_num_ref_frames
        out.flag(false); // no gaps in frame_num
        out.ue(columns - 1);
        out.ue(rows - 1);
        out.flag(true); // frame_mbs_only_flag
        out.flag(true); // direct_8x8_inference_flag
        boolean cropped = columns * 16 != width || rows * 16 != height;
        out.flag(cropped);
        if (cropped) {
            out.ue(0);
            out.ue((columns * 16 - width) / 2);
            out.ue(0);
            out.ue((rows * 16 - height) / 2);
        }
        out.flag(true); // vui_parameters_present_flag
        usability(out);
        out.trailing();
    }

    private static void usability(BitSink out) {
        out.flag(false); // aspect ratio
        out.flag(false); // overscan
        out.flag(true); // video_signal_type
        out.u(3, 5); // no particular television system
        out.flag(false); // video range
        out.flag(true); // colour description
        out.u(8, BT601);
        out.u(8, BT601);
        out.u(8, BT601);
        out.flag(false); // chroma location
        out.flag(false); // timing: the container has it
        out.flag(false); // NAL HRD
        out.flag(false); // VCL HRD
        out.flag(false); // pic_struct
        out.flag(true); // bitstream restriction: players need not hold pictures back
        out.flag(true);
        out.ue(0);
        out.ue(0);
        out.ue(4);
        out.ue(4);
        out.ue(0); // max_num_reorder_frames
        out.ue(1); // max_dec_frame_buffering
    }

    static void picture(BitSink out) {
        out.ue(0); // pic_parameter_set_id
        out.ue(0); // seq_parameter_set_id
        out.flag(false); // CAVLC
        out.flag(false);
        out.ue(0); // one slice group
        out.ue(0); // one reference picture
        out.ue(0);
        out.flag(false); // no weighted prediction
        out.u(2, 0);
        out.se(0); // pic_init_qp - 26
        out.se(0);
        out.se(0); // chroma_qp_index_offset
        out.flag(true); // slices say whether they deblock
        out.flag(false);
        out.flag(false);
        out.trailing();
    }

    private static int level(int macroblocks, int fps) {
        for (int[] level : LEVELS) {
            if (macroblocks <= level[1] && (long) macroblocks * fps <= level[2]) {
                return level[0];
            }
        }
        return LEVELS[LEVELS.length - 1][0];
    }
}
