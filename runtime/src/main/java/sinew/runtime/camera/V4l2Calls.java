package sinew.runtime.camera;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import sinew.runtime.posix.Posix;

/// The system calls that a camera needs; tests have a camera of their own behind them.
interface V4l2Calls {
    V4l2Calls SYSTEM = new V4l2Calls() {
        @Override
        public int open(String path) throws IOException {
            return Posix.open(path, Posix.O_RDWR | Posix.O_NONBLOCK | Posix.O_CLOEXEC);
        }

        @Override
        public void close(int fd) throws IOException {
            Posix.close(fd);
        }

        @Override
        public void ioctl(String what, int fd, long request, MemorySegment argument) throws IOException {
            Posix.ioctl(what, fd, request, argument);
        }

        @Override
        public MemorySegment map(int fd, long offset, long length) throws IOException {
            return Posix.map(fd, offset, length);
        }

        @Override
        public void unmap(MemorySegment mapping) throws IOException {
            Posix.unmap(mapping);
        }

        @Override
        public short poll(int fd, int timeoutMs) throws IOException {
            return Posix.poll(fd, Posix.POLLIN, timeoutMs);
        }
    };

    int open(String path) throws IOException;

    void close(int fd) throws IOException;

    void ioctl(String what, int fd, long request, MemorySegment argument) throws IOException;

    MemorySegment map(int fd, long offset, long length) throws IOException;

    void unmap(MemorySegment mapping) throws IOException;

    /// @return the events that there are, 0 when the time is over
    short poll(int fd, int timeoutMs) throws IOException;
}
