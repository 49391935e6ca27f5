package sinew.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A processor that runs kernels, with the memory that they read and write.
///
/// [#CPU] runs a kernel while it is called, in the caller's memory. Other devices put calls in line, and have memory of
/// their own: segments of [#allocate] can be handed to their kernels and sliced, but only [#write] and [#read] may look
/// into them. Memory of the host may be an operand that is only read, as weights are: the device copies it when a kernel
/// sees it for the first time, so its contents must be final by then and outlive the device.
///
/// One caller at a time.
public interface Device extends AutoCloseable {
    /// This machine's own processor.
    Device CPU = new CpuDevice();

    /// As an option names it: `cpu`, `cuda:0`.
    String name();

    /// In words, for reports: model, memory, driver.
    String description();

    Kernels kernels();

    /// Zeroed memory that kernels read and write, and that lives as long as `arena`.
    MemorySegment allocate(Arena arena, long bytes);

    /// Copies `count` floats from `values[from]` on to the float `at` of memory of [#allocate].
    void write(float[] values, int from, MemorySegment memory, long at, int count);

    /// Copies all of `values` to the start of memory of [#allocate].
    void write(byte[] values, MemorySegment memory);

    /// Copies `count` floats from the float `at` of memory of [#allocate] on to `values[to]`, when all earlier calls have
    /// come to an end.
    void read(MemorySegment memory, long at, float[] values, int to, int count);

    /// Whether [#record] is of use here: calls cost more when they are made one by one.
    boolean records();

    /// Notes the kernel calls that `calls` makes, without running them; they can then be made again all at once. Every
    /// kernel that it calls must have been called before with the same operands.
    ///
    /// @throws UnsupportedOperationException unless [#records]
    Recording record(Runnable calls);

    /// How long the device needs for some kernel calls, in nanoseconds.
    long time(Runnable calls);

    @Override
    void close();

    /// Kernel calls with all their operands, for making them again.
    interface Recording extends AutoCloseable {
        /// Puts the calls in line. Allocates nothing.
        void replay();

        @Override
        void close();
    }
}
