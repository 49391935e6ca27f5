package sinew.runtime.posix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Locale;

/// The few calls of the C library that Java does not offer: pseudo-terminals, cameras' ioctl and mmap, poll.
/// Numbers are those of Linux on 64-bit machines. Failures become an [IOException] with the system's words.
@SuppressWarnings("restricted") // calling C is what this class is for
public final class Posix {
    public static final int O_RDWR = 2;
    public static final int O_NOCTTY = 0x100;
    public static final int O_NONBLOCK = 0x800;
    public static final int O_CLOEXEC = 0x80000;
    public static final short POLLIN = 1;
    public static final short POLLERR = 8;
    public static final short POLLHUP = 0x10;
    public static final short POLLNVAL = 0x20;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int EAGAIN = 11;
    public static final int EINVAL = 22;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout POINTER = ValueLayout.ADDRESS;
    private static final MemoryLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle OPEN = variadic("open", 2, FunctionDescriptor.of(INT, POINTER, INT));
    private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(INT, INT));
    private static final MethodHandle READ = function("read", FunctionDescriptor.of(LONG, INT, POINTER, LONG));
    private static final MethodHandle WRITE = function("write", FunctionDescriptor.of(LONG, INT, POINTER, LONG));
    private static final MethodHandle POLL = function("poll", FunctionDescriptor.of(INT, POINTER, LONG, INT));
    private static final MethodHandle IOCTL = variadic("ioctl", 2, FunctionDescriptor.of(INT, INT, LONG, POINTER));
    private static final MethodHandle MMAP =
            function("mmap", FunctionDescriptor.of(POINTER, POINTER, LONG, INT, INT, INT, LONG));
    private static final MethodHandle MUNMAP = function("munmap", FunctionDescriptor.of(INT, POINTER, LONG));
    private static final MethodHandle STRERROR =
            Linker.nativeLinker().downcallHandle(symbol("strerror"), FunctionDescriptor.of(POINTER, INT));

    private Posix() {}

    /// A call of the C library failed.
    public static final class ErrnoException extends IOException {
        private static final long serialVersionUID = 1L;

        private final int errno;

        public ErrnoException(String call, int errno) {
            super(call + ": " + describe(errno));
            this.errno = errno;
        }

        public int errno() {
            return errno;
        }
    }

    /// Whether this machine is one on which these calls and numbers hold.
    public static boolean supported() {
        return System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux");
    }

    /// Opens a device; the caller closes the descriptor.
    public static int open(String path, int flags) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURE);
            int fd = (int) OPEN.invokeExact(state, arena.allocateFrom(path), flags);
            return checked("open " + path, fd, state);
        } catch (Throwable t) {
            throw failure(t);
        }
    }

    public static void close(int fd) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURE);
            checked("close", (int) CLOSE.invokeExact(state, fd), state);
        } catch (Throwable t) {
            throw failure(t);
        }
    }

    /// Reads up to the size of `into`; 0 at the end.
    public static int read(int fd, MemorySegment into) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURE);
            return (int) checked("read", (long) READ.invokeExact(state, fd, into, into.byteSize()), state);
        } catch (Throwable t) {
            throw failure(t);
        }
    }

    /// Writes from the start of `from`; returns how many bytes were taken.
    public static int write(int fd, MemorySegment from, long length) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURE);
            return (int) checked("write", (long) WRITE.invokeExact(state, fd, from, length), state);
        } catch (Throwable t) {
            throw failure(t);
        }
    }

    /// Waits until `fd` has one of `events`, at most `timeoutMs`; returns what it has, 0 when the time is over.
    public static short poll(int fd, short events, int timeoutMs) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURE);
            MemorySegment entry = arena.allocate(8, 4);
            entry.set(INT, 0, fd);
            entry.set(ValueLayout.JAVA_SHORT, 4, events);
            int ready = (int) POLL.invokeExact(state, entry, 1L, timeoutMs);
            if (ready < 0 && (int) ERRNO.get(state, 0L) == EINTR) {
                return 0;
            }
            checked("poll", ready, state);
            return entry.get(ValueLayout.JAVA_SHORT, 6);
        } catch (Throwable t) {
            throw failure(t);
        }
    }

    /// A device's own call; `argument` is read and written by it.
    public static void ioctl(String what, int fd, long request, MemorySegment argument) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURE);
            checked(what, (int) IOCTL.invokeExact(state, fd, request, argument), state);
        } catch (Throwable t) {
            throw failure(t);
        }
    }

    /// Maps `length` bytes of a device at `offset`, shared, for reading and writing.
    public static MemorySegment map(int fd, long offset, long length) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURE);
            MemorySegment at = (MemorySegment) MMAP.invokeExact(state, MemorySegment.NULL, length, 3, 1, fd, offset);
            checked("mmap", at.address(), state);
            return at.reinterpret(length);
        } catch (Throwable t) {
            throw failure(t);
        }
    }

    public static void unmap(MemorySegment mapping) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURE);
            checked("munmap", (int) MUNMAP.invokeExact(state, mapping, mapping.byteSize()), state);
        } catch (Throwable t) {
            throw failure(t);
        }
    }

    static MethodHandle function(String name, FunctionDescriptor type) {
        return Linker.nativeLinker().downcallHandle(symbol(name), type, Linker.Option.captureCallState("errno"));
    }

    static MemorySegment newState(Arena arena) {
        return arena.allocate(CAPTURE);
    }

    static int checked(String call, int result, MemorySegment state) throws ErrnoException {
        if (result == -1) {
            throw new ErrnoException(call, (int) ERRNO.get(state, 0L));
        }
        return result;
    }

    private static long checked(String call, long result, MemorySegment state) throws ErrnoException {
        if (result == -1) {
            throw new ErrnoException(call, (int) ERRNO.get(state, 0L));
        }
        return result;
    }

    /// What a method handle threw, as something that callers can declare.
    static IOException failure(Throwable t) {
        if (t instanceof IOException e) {
            return e;
        }
        if (t instanceof RuntimeException e) {
            throw e;
        }
        if (t instanceof Error e) {
            throw e;
        }
        return new IOException(t);
    }

    private static MethodHandle variadic(String name, int fixed, FunctionDescriptor type) {
        return Linker.nativeLinker().downcallHandle(
                symbol(name), type, Linker.Option.firstVariadicArg(fixed), Linker.Option.captureCallState("errno"));
    }

    private static MemorySegment symbol(String name) {
        SymbolLookup library = Linker.nativeLinker().defaultLookup();
        return library.find(name).orElseThrow(
                () -> new UnsupportedOperationException("this system's C library has no " + name));
    }

    static String describe(int errno) {
        try {
            MemorySegment text = (MemorySegment) STRERROR.invokeExact(errno);
            return text.reinterpret(256).getString(0) + " (errno " + errno + ")";
        } catch (Throwable t) {
            return "errno " + errno;
        }
    }
}
