package sinew.runtime.posix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.atomic.AtomicBoolean;

/// A serial line without hardware: other programs open [#path] like a port, we are at the other end.
/// One thread reads, one writes; any may close.
public final class PseudoTerminal implements AutoCloseable {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout POINTER = ValueLayout.ADDRESS;
    private static final MethodHandle OPENPT = Posix.function("posix_openpt", FunctionDescriptor.of(INT, INT));
    private static final MethodHandle GRANTPT = Posix.function("grantpt", FunctionDescriptor.of(INT, INT));
    private static final MethodHandle UNLOCKPT = Posix.function("unlockpt", FunctionDescriptor.of(INT, INT));
    private static final MethodHandle PTSNAME =
            Posix.function("ptsname_r", FunctionDescriptor.of(INT, INT, POINTER, ValueLayout.JAVA_LONG));
    private static final MethodHandle TCGETATTR = Posix.function("tcgetattr", FunctionDescriptor.of(INT, INT, POINTER));
    private static final MethodHandle TCSETATTR =
            Posix.function("tcsetattr", FunctionDescriptor.of(INT, INT, INT, POINTER));
    private static final MethodHandle CFMAKERAW = Posix.function("cfmakeraw", FunctionDescriptor.ofVoid(POINTER));
    private static final int TERMIOS_SIZE = 128; // 60 in the C library of Linux; nobody looks inside

    private final int master;
    private final int keptOpen; // reading fails while nobody has the other end open, so we have it ourselves
    private final String path;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment in = arena.allocate(4096);
    private final MemorySegment out = arena.allocate(4096);
    private final AtomicBoolean closed = new AtomicBoolean();

    private PseudoTerminal(int master, int keptOpen, String path) {
        this.master = master;
        this.keptOpen = keptOpen;
        this.path = path;
    }

    /// Opens a new one in raw mode: every byte passes as it is.
    public static PseudoTerminal open() throws IOException {
        if (!Posix.supported()) {
            throw new IOException("pseudo-terminals are supported on Linux only");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = Posix.newState(arena);
            int master = Posix.checked(
                    "posix_openpt", (int) OPENPT.invokeExact(state, Posix.O_RDWR | Posix.O_NOCTTY | Posix.O_CLOEXEC),
                    state);
            try {
                Posix.checked("grantpt", (int) GRANTPT.invokeExact(state, master), state);
                Posix.checked("unlockpt", (int) UNLOCKPT.invokeExact(state, master), state);
                MemorySegment name = arena.allocate(256);
                int failed = (int) PTSNAME.invokeExact(state, master, name, name.byteSize());
                if (failed != 0) {
                    throw new Posix.ErrnoException("ptsname_r", failed);
                }
                String path = name.getString(0);
                return new PseudoTerminal(master, openRaw(path, arena, state), path);
            } catch (Throwable t) {
                Posix.close(master);
                throw t;
            }
        } catch (Throwable t) {
            throw Posix.failure(t);
        }
    }

    private static int openRaw(String path, Arena arena, MemorySegment state) throws Throwable {
        int fd = Posix.open(path, Posix.O_RDWR | Posix.O_NOCTTY | Posix.O_CLOEXEC);
        try {
            MemorySegment termios = arena.allocate(TERMIOS_SIZE, 8);
            Posix.checked("tcgetattr", (int) TCGETATTR.invokeExact(state, fd, termios), state);
            CFMAKERAW.invokeExact(state, termios);
            Posix.checked("tcsetattr", (int) TCSETATTR.invokeExact(state, fd, 0, termios), state);
            return fd;
        } catch (Throwable t) {
            Posix.close(fd);
            throw t;
        }
    }

    /// The device that others open: `/dev/pts/3`.
    public String path() {
        return path;
    }

    /// Receives what others have sent; returns how many bytes, 0 when `timeoutMs` is over.
    public int read(byte[] bytes, int timeoutMs) throws IOException {
        if (Posix.poll(master, Posix.POLLIN, timeoutMs) == 0) {
            return 0;
        }
        int n = Posix.read(master, in.asSlice(0, Math.min(in.byteSize(), bytes.length)));
        MemorySegment.copy(in, ValueLayout.JAVA_BYTE, 0, bytes, 0, n);
        return n;
    }

    /// Sends bytes to whoever has opened the device.
    public void write(byte[] bytes, int length) throws IOException {
        int sent = 0;
        while (sent < length) {
            int part = (int) Math.min(out.byteSize(), length - sent);
            MemorySegment.copy(bytes, sent, out, ValueLayout.JAVA_BYTE, 0, part);
            sent += Posix.write(master, out, part);
        }
    }

    /// The device vanishes, as when a plug is pulled. The thread that reads must have ended.
    @Override
    public void close() throws IOException {
        if (closed.compareAndSet(false, true)) {
            Posix.close(keptOpen);
            Posix.close(master);
            arena.close();
        }
    }
}
