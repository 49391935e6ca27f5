package sinew.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;

/// Memory in pages of 2 MiB where Linux grants them. Weights are read from beginning to end each step; with
/// pages of 4 KiB half of that time goes into finding the pages.
final class HugePages {
    private static final long PAGE = 2L << 20;
    private static final int PROTECTION_READ_WRITE = 3;
    private static final int PRIVATE_ANONYMOUS = 0x22;
    private static final int ADVISE_HUGE_PAGES = 14;
    private static final long MAP_FAILED = -1;

    private static final Calls CALLS = Calls.find();

    private HugePages() {}

    /// Whether it is worth the rounding up to whole pages.
    static boolean suits(long bytes) {
        return CALLS != null && bytes >= 2 * PAGE;
    }

    /// A zeroed segment at the beginning of a page, or null when the system refuses.
    static MemorySegment allocate(Arena arena, long bytes) {
        long whole = Math.ceilDiv(bytes, PAGE) * PAGE;
        long reserved = whole + PAGE;
        long base = CALLS.map(reserved);
        if (base == MAP_FAILED) {
            return null;
        }
        MemorySegment begin = MemorySegment.ofAddress(Math.ceilDiv(base, PAGE) * PAGE);
        // Only advice: without it the memory is as good, in small pages.
        CALLS.advise(begin, whole);
        return over(begin, bytes, arena, base, reserved);
    }

    @SuppressWarnings("restricted")
    private static MemorySegment over(MemorySegment begin, long bytes, Arena arena, long base, long reserved) {
        return begin.reinterpret(bytes, arena, closed -> CALLS.unmap(MemorySegment.ofAddress(base), reserved));
    }

    private record Calls(MethodHandle mmap, MethodHandle madvise, MethodHandle munmap) {
        /// Null where there is no such system or the JVM forbids native access.
        static Calls find() {
            if (!System.getProperty("os.name").equals("Linux")) {
                return null;
            }
            try {
                return new Calls(
                        handle("mmap", FunctionDescriptor.of(
                                ValueLayout.JAVA_LONG,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG)),
                        handle("madvise", FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT)),
                        handle("munmap", FunctionDescriptor.of(
                                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG)));
            } catch (IllegalCallerException | UnsupportedOperationException | NoSuchElementException e) {
                return null;
            }
        }

        @SuppressWarnings("restricted")
        private static MethodHandle handle(String name, FunctionDescriptor signature) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), signature);
        }

        long map(long bytes) {
            try {
                return (long) mmap.invokeExact(
                        MemorySegment.NULL, bytes, PROTECTION_READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }

        void advise(MemorySegment begin, long bytes) {
            try {
                int ignored = (int) madvise.invokeExact(begin, bytes, ADVISE_HUGE_PAGES);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }

        void unmap(MemorySegment begin, long bytes) {
            try {
                int ignored = (int) munmap.invokeExact(begin, bytes);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
