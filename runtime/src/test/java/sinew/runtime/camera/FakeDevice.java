package sinew.runtime.camera;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import sinew.runtime.posix.Posix;

/// A camera behind the system calls, as a driver would be: the tests play the light.
final class FakeDevice implements V4l2Calls {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final int BUFFER_LENGTH = 200_000;

    int capabilities = V4l2.VIDEO_CAPTURE | V4l2.STREAMING;
    List<Integer> formats = new ArrayList<>(List.of(V4l2.YUYV, V4l2.MJPG));
    int width = 64;
    int height = 48;
    int padding;
    int rateDenominator = 30;
    int chosenFormat;
    boolean unplugged;
    final List<String> log = new ArrayList<>();
    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> buffers = new ArrayList<>();
    private final ArrayDeque<Integer> queued = new ArrayDeque<>();
    private final ArrayDeque<int[]> ready = new ArrayDeque<>(); // index, bytes, flags, sequence
    private int sequence;

    /// The device takes a picture; it is lost when no buffer is free.
    synchronized void take(byte[] bytes, int flags) {
        sequence++;
        Integer index = queued.poll();
        if (index != null) {
            MemorySegment.copy(bytes, 0, buffers.get(index), ValueLayout.JAVA_BYTE, 0, bytes.length);
            ready.add(new int[] {index, bytes.length, flags, sequence});
        }
    }

    @Override
    public synchronized int open(String path) throws IOException {
        log.add("open " + path);
        return 7;
    }

    @Override
    public synchronized void close(int fd) {
        log.add("close " + fd);
    }

    @Override
    public synchronized void ioctl(String what, int fd, long request, MemorySegment a) throws IOException {
        if (unplugged) {
            throw new Posix.ErrnoException(what, 19);
        }
        if (request == V4l2.QUERYCAP) {
            MemorySegment.copy(MemorySegment.ofArray("A Camera".getBytes(StandardCharsets.UTF_8)), 0, a,
                    V4l2.CAPABILITY_CARD, 8);
            a.set(INT, V4l2.CAPABILITY_ALL, V4l2.DEVICE_CAPS | V4l2.VIDEO_CAPTURE | V4l2.STREAMING);
            a.set(INT, V4l2.CAPABILITY_DEVICE, capabilities);
        } else if (request == V4l2.ENUM_FMT) {
            count(what, a.get(INT, 0), formats.size());
            a.set(INT, V4l2.FMTDESC_PIXELFORMAT, formats.get(a.get(INT, 0)));
        } else if (request == V4l2.ENUM_FRAMESIZES) {
            count(what, a.get(INT, 0), 1);
            a.set(INT, V4l2.FRMSIZE_TYPE, V4l2.DISCRETE);
            a.set(INT, V4l2.FRMSIZE_WIDTH, width);
            a.set(INT, V4l2.FRMSIZE_HEIGHT, height);
        } else if (request == V4l2.S_FMT) {
            a.set(INT, V4l2.FORMAT_WIDTH, width);
            a.set(INT, V4l2.FORMAT_HEIGHT, height);
            a.set(INT, V4l2.FORMAT_BYTESPERLINE, 2 * width + padding);
            chosenFormat = a.get(INT, V4l2.FORMAT_PIXELFORMAT);
        } else if (request == V4l2.S_PARM) {
            a.set(INT, V4l2.STREAMPARM_CAPABILITY, V4l2.TIMEPERFRAME);
            a.set(INT, V4l2.STREAMPARM_NUMERATOR, 1);
            a.set(INT, V4l2.STREAMPARM_DENOMINATOR, rateDenominator);
        } else if (request == V4l2.REQBUFS) {
            for (int i = 0; i < 3; i++) {
                buffers.add(arena.allocate(BUFFER_LENGTH));
            }
            a.set(INT, 0, 3); // fewer than asked for, as drivers may
        } else if (request == V4l2.QUERYBUF) {
            a.set(INT, V4l2.BUFFER_OFFSET, a.get(INT, 0) * 4096);
            a.set(INT, V4l2.BUFFER_LENGTH, BUFFER_LENGTH);
        } else if (request == V4l2.QBUF) {
            queued.add(a.get(INT, 0));
        } else if (request == V4l2.DQBUF) {
            int[] picture = ready.poll();
            if (picture == null) {
                throw new Posix.ErrnoException(what, Posix.EAGAIN);
            }
            a.set(INT, 0, picture[0]);
            a.set(INT, V4l2.BUFFER_BYTESUSED, picture[1]);
            a.set(INT, V4l2.BUFFER_FLAGS, picture[2]);
            a.set(INT, V4l2.BUFFER_SEQUENCE, picture[3]);
        } else {
            log.add(what);
        }
    }

    private static void count(String what, int index, int size) throws IOException {
        if (index >= size) {
            throw new Posix.ErrnoException(what, Posix.EINVAL);
        }
    }

    @Override
    public synchronized MemorySegment map(int fd, long offset, long length) {
        return buffers.get((int) (offset / 4096));
    }

    @Override
    public synchronized void unmap(MemorySegment mapping) {
        log.add("unmap");
    }

    @Override
    public short poll(int fd, int timeoutMs) {
        synchronized (this) {
            if (unplugged) {
                return Posix.POLLHUP | Posix.POLLERR;
            }
            if (!ready.isEmpty()) {
                return Posix.POLLIN;
            }
        }
        try {
            Thread.sleep(Math.min(timeoutMs, 2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return 0;
    }
}
