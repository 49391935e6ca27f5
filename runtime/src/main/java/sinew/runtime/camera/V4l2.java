package sinew.runtime.camera;

/// Numbers of Video4Linux on 64-bit machines: requests, and where fields stand in their structures.
final class V4l2 {
    static final long QUERYCAP = 0x80685600L;
    static final long ENUM_FMT = 0xC0405602L;
    static final long S_FMT = 0xC0D05605L;
    static final long REQBUFS = 0xC0145608L;
    static final long QUERYBUF = 0xC0585609L;
    static final long QBUF = 0xC058560FL;
    static final long DQBUF = 0xC0585611L;
    static final long STREAMON = 0x40045612L;
    static final long STREAMOFF = 0x40045613L;
    static final long S_PARM = 0xC0CC5616L;
    static final long ENUM_FRAMESIZES = 0xC02C564AL;

    static final int CAPABILITY_SIZE = 104;
    static final int CAPABILITY_CARD = 16;
    static final int CAPABILITY_CARD_LENGTH = 32;
    static final int CAPABILITY_ALL = 84;
    static final int CAPABILITY_DEVICE = 88;
    static final int VIDEO_CAPTURE = 1;
    static final int STREAMING = 0x04000000;
    static final int DEVICE_CAPS = 0x80000000;

    static final int FMTDESC_SIZE = 64;
    static final int FMTDESC_TYPE = 4;
    static final int FMTDESC_PIXELFORMAT = 44;

    static final int FRMSIZE_SIZE = 44;
    static final int FRMSIZE_PIXELFORMAT = 4;
    static final int FRMSIZE_TYPE = 8;
    static final int FRMSIZE_WIDTH = 12;
    static final int FRMSIZE_HEIGHT = 16;
    static final int DISCRETE = 1;

    static final int FORMAT_SIZE = 208;
    static final int FORMAT_WIDTH = 8;
    static final int FORMAT_HEIGHT = 12;
    static final int FORMAT_PIXELFORMAT = 16;
    static final int FORMAT_BYTESPERLINE = 24;

    static final int STREAMPARM_SIZE = 204;
    static final int STREAMPARM_CAPABILITY = 4;
    static final int STREAMPARM_NUMERATOR = 12;
    static final int STREAMPARM_DENOMINATOR = 16;
    static final int TIMEPERFRAME = 0x1000;

    static final int REQUESTBUFFERS_SIZE = 20;
    static final int REQUESTBUFFERS_TYPE = 4;
    static final int REQUESTBUFFERS_MEMORY = 8;

    static final int BUFFER_SIZE = 88;
    static final int BUFFER_TYPE = 4;
    static final int BUFFER_BYTESUSED = 8;
    static final int BUFFER_FLAGS = 12;
    static final int BUFFER_SEQUENCE = 56;
    static final int BUFFER_MEMORY = 60;
    static final int BUFFER_OFFSET = 64;
    static final int BUFFER_LENGTH = 72;
    static final int BUFFER_ERROR = 0x40;

    /// v4l2_buf_type VIDEO_CAPTURE.
    static final int CAPTURE = 1;
    /// v4l2_memory MMAP.
    static final int MMAP = 1;

    static final int MJPG = 0x47504A4D;
    static final int YUYV = 0x56595559;

    private V4l2() {}

    /// A pixel format's four letters.
    static String fourcc(int format) {
        StringBuilder text = new StringBuilder();
        for (int shift = 0; shift < 32; shift += 8) {
            text.append((char) (format >> shift & 0x7F));
        }
        return text.toString().strip();
    }
}
