package sinew.runtime.camera;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import sinew.runtime.posix.Posix;

/// A USB camera: negotiates format and rate, maps the driver's buffers, and of all that are ready takes the newest.
final class V4l2Source implements PictureSource {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final int BUFFERS = 4;
    private static final int DAMAGED_IN_A_ROW = 30;

    private final V4l2Calls calls;
    private final CameraSettings settings;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(V4l2.BUFFER_SIZE, 8);
    private final List<MemorySegment> mappings = new ArrayList<>();
    private final StringJoiner remarks = new StringJoiner("; ");
    private int fd = -1;
    private boolean streaming;
    private int width;
    private int height;
    private int stride;
    private int format;
    private byte[] bytes = new byte[0];
    private int damaged;
    private boolean closed;

    private V4l2Source(CameraSettings settings, V4l2Calls calls) {
        this.settings = settings;
        this.calls = calls;
    }

    static V4l2Source open(CameraSettings settings, V4l2Calls calls) {
        if (calls == V4l2Calls.SYSTEM && !Posix.supported()) {
            throw new CameraException("camera " + settings.name()
                    + ": USB cameras are supported on Linux only; type file works everywhere");
        }
        V4l2Source source = new V4l2Source(settings, calls);
        try {
            source.start();
            return source;
        } catch (IOException e) {
            source.close();
            throw new CameraException(
                    "camera " + settings.name() + " (" + settings.path() + ") cannot be used: " + e.getMessage()
                    + "; sinew camera list shows the cameras, fuser " + settings.path() + " who holds this one."
                    + " Several cameras on one USB controller need fourcc MJPG", e);
        }
    }

    private void start() throws IOException {
        fd = calls.open(settings.path());
        try (Arena temporary = Arena.ofConfined()) {
            checkCapability(temporary);
            setFormat(temporary);
            setRate(temporary);
            mapBuffers(temporary);
            calls.ioctl("starting the stream", fd, V4l2.STREAMON, typeArgument(temporary));
            streaming = true;
        }
    }

    private void checkCapability(Arena temporary) throws IOException {
        MemorySegment capability = temporary.allocate(V4l2.CAPABILITY_SIZE, 8);
        calls.ioctl("asking what it is", fd, V4l2.QUERYCAP, capability);
        if (!V4l2Devices.captures(capability)) {
            throw new IOException(
                    "it is a video device, but delivers no pictures (a camera's second device is for metadata)");
        }
    }

    private void setFormat(Arena temporary) throws IOException {
        List<Integer> offered = V4l2Devices.formats(calls, fd, temporary);
        int wanted = settings.fourcc() == null ? 0 : settings.fourcc().equals("MJPG") ? V4l2.MJPG : V4l2.YUYV;
        if (wanted == 0 || !offered.contains(wanted)) {
            if (wanted != 0) {
                remarks.add("does not offer " + settings.fourcc());
            }
            wanted = offered.contains(V4l2.MJPG) ? V4l2.MJPG : V4l2.YUYV;
        }
        MemorySegment f = temporary.allocate(V4l2.FORMAT_SIZE, 8);
        f.set(INT, 0, V4l2.CAPTURE);
        f.set(INT, V4l2.FORMAT_WIDTH, settings.sideways() ? settings.height() : settings.width());
        f.set(INT, V4l2.FORMAT_HEIGHT, settings.sideways() ? settings.width() : settings.height());
        f.set(INT, V4l2.FORMAT_PIXELFORMAT, wanted);
        int askedWidth = f.get(INT, V4l2.FORMAT_WIDTH);
        int askedHeight = f.get(INT, V4l2.FORMAT_HEIGHT);
        calls.ioctl("choosing a format", fd, V4l2.S_FMT, f);
        width = f.get(INT, V4l2.FORMAT_WIDTH);
        height = f.get(INT, V4l2.FORMAT_HEIGHT);
        format = f.get(INT, V4l2.FORMAT_PIXELFORMAT);
        stride = Math.max(2 * width, f.get(INT, V4l2.FORMAT_BYTESPERLINE));
        if (format != V4l2.MJPG && format != V4l2.YUYV) {
            throw new IOException("it delivers " + V4l2.fourcc(format) + ", and only MJPG and YUYV are understood");
        }
        if (width < 1 || height < 1 || width > 8192 || height > 8192) {
            throw new IOException("it claims to deliver " + width + "x" + height);
        }
        if (width != askedWidth || height != askedHeight) {
            remarks.add("delivers " + width + "x" + height + " instead of " + askedWidth + "x" + askedHeight
                    + ": cropped and resized");
        }
    }

    private void setRate(Arena temporary) throws IOException {
        MemorySegment p = temporary.allocate(V4l2.STREAMPARM_SIZE, 8);
        p.set(INT, 0, V4l2.CAPTURE);
        p.set(INT, V4l2.STREAMPARM_NUMERATOR, 1);
        p.set(INT, V4l2.STREAMPARM_DENOMINATOR, settings.fps());
        try {
            calls.ioctl("choosing a rate", fd, V4l2.S_PARM, p);
        } catch (Posix.ErrnoException e) {
            remarks.add("lets no rate be chosen");
            return;
        }
        int numerator = p.get(INT, V4l2.STREAMPARM_NUMERATOR);
        int denominator = p.get(INT, V4l2.STREAMPARM_DENOMINATOR);
        if ((p.get(INT, V4l2.STREAMPARM_CAPABILITY) & V4l2.TIMEPERFRAME) == 0 || numerator == 0) {
            remarks.add("lets no rate be chosen");
        } else if (Math.abs((double) denominator / numerator - settings.fps()) > 0.001 * settings.fps()) {
            remarks.add(String.format("delivers %.1f pictures per second instead of %d",
                    (double) denominator / numerator, settings.fps()));
        }
    }

    private void mapBuffers(Arena temporary) throws IOException {
        MemorySegment r = temporary.allocate(V4l2.REQUESTBUFFERS_SIZE, 8);
        r.set(INT, 0, BUFFERS);
        r.set(INT, V4l2.REQUESTBUFFERS_TYPE, V4l2.CAPTURE);
        r.set(INT, V4l2.REQUESTBUFFERS_MEMORY, V4l2.MMAP);
        calls.ioctl("asking for buffers", fd, V4l2.REQBUFS, r);
        int count = r.get(INT, 0);
        if (count < 2 || count > 64) {
            throw new IOException("it offers " + count + " buffers");
        }
        for (int i = 0; i < count; i++) {
            prepareBuffer(i);
            calls.ioctl("looking for a buffer", fd, V4l2.QUERYBUF, buffer);
            mappings.add(calls.map(fd, Integer.toUnsignedLong(buffer.get(INT, V4l2.BUFFER_OFFSET)),
                    Integer.toUnsignedLong(buffer.get(INT, V4l2.BUFFER_LENGTH))));
            prepareBuffer(i);
            calls.ioctl("queueing a buffer", fd, V4l2.QBUF, buffer);
        }
    }

    private void prepareBuffer(int index) {
        buffer.fill((byte) 0);
        buffer.set(INT, 0, index);
        buffer.set(INT, V4l2.BUFFER_TYPE, V4l2.CAPTURE);
        buffer.set(INT, V4l2.BUFFER_MEMORY, V4l2.MMAP);
    }

    private static MemorySegment typeArgument(Arena temporary) {
        return temporary.allocateFrom(INT, V4l2.CAPTURE);
    }

    @Override
    public boolean next(Picture into, int timeoutMs) throws IOException {
        short events = calls.poll(fd, timeoutMs);
        if (events == 0) {
            return false;
        }
        if ((events & (Posix.POLLHUP | Posix.POLLNVAL)) != 0 || (events & Posix.POLLERR) != 0
                && (events & Posix.POLLIN) == 0) {
            throw new IOException("it was unplugged, or its stream has ended");
        }
        int length = 0;
        int got;
        while ((got = dequeue(into)) >= 0) {
            length = got > 0 ? got : length;
        }
        if (length == 0) {
            return false;
        }
        return decode(length, into);
    }

    /// Takes one ready buffer and copies what it holds.
    ///
    /// @return its bytes; 0 when it is damaged; -1 when none is ready
    private int dequeue(Picture into) throws IOException {
        prepareBuffer(0);
        try {
            calls.ioctl("fetching a picture", fd, V4l2.DQBUF, buffer);
        } catch (Posix.ErrnoException e) {
            return switch (e.errno()) {
                case Posix.EAGAIN -> -1;
                case Posix.EINTR, Posix.EIO -> damaged();
                default -> throw e;
            };
        }
        int index = buffer.get(INT, 0);
        int used = buffer.get(INT, V4l2.BUFFER_BYTESUSED);
        boolean good = (buffer.get(INT, V4l2.BUFFER_FLAGS) & V4l2.BUFFER_ERROR) == 0
                && index >= 0 && index < mappings.size() && used > 0 && used <= mappings.get(index).byteSize();
        if (good) {
            if (bytes.length < used) {
                bytes = new byte[used];
            }
            MemorySegment.copy(mappings.get(index), ValueLayout.JAVA_BYTE, 0, bytes, 0, used);
            into.sequence = Integer.toUnsignedLong(buffer.get(INT, V4l2.BUFFER_SEQUENCE));
            into.nanos = System.nanoTime();
        }
        prepareBuffer(index);
        calls.ioctl("giving a buffer back", fd, V4l2.QBUF, buffer);
        return good ? used : damaged();
    }

    private boolean decode(int length, Picture into) throws IOException {
        if (format == V4l2.YUYV) {
            if (length < stride * (height - 1) + 2 * width) {
                damaged();
                return false;
            }
            Yuyv.decode(bytes, stride, width, height, into);
        } else {
            try {
                Jpegs.decode(bytes, length, into);
            } catch (IOException e) {
                damaged(); // short and damaged pictures do come, the first ones above all
                return false;
            }
        }
        damaged = 0;
        return true;
    }

    private int damaged() throws IOException {
        if (++damaged > DAMAGED_IN_A_ROW) {
            throw new IOException("its pictures are damaged, " + DAMAGED_IN_A_ROW
                    + " in a row: a bad cable, or too little USB bandwidth");
        }
        return 0;
    }

    @Override
    public String remarks() {
        return remarks.toString();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (Arena temporary = Arena.ofConfined()) {
            if (streaming) {
                quietly(() -> calls.ioctl("stopping the stream", fd, V4l2.STREAMOFF, typeArgument(temporary)));
            }
            mappings.forEach(mapping -> quietly(() -> calls.unmap(mapping)));
            if (fd >= 0) {
                quietly(() -> calls.close(fd));
            }
        }
        arena.close();
    }

    private interface Closing {
        void run() throws IOException;
    }

    private static void quietly(Closing step) {
        try {
            step.run();
        } catch (IOException e) {
            // a camera that was unplugged refuses all of this, and is gone all the same
        }
    }
}
