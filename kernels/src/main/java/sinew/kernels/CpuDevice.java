package sinew.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Kernels that have run when their call returns, in memory that everybody can see.
final class CpuDevice implements Device {
    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public String description() {
        return "this machine's processor, " + kernels().name() + " kernels";
    }

    @Override
    public Kernels kernels() {
        return Kernels.best();
    }

    @Override
    public MemorySegment allocate(Arena arena, long bytes) {
        return NativeMemory.bytes(arena, bytes);
    }

    @Override
    public void write(float[] values, int from, MemorySegment memory, long at, int count) {
        MemorySegment.copy(values, from, memory, ValueLayout.JAVA_FLOAT, at * Float.BYTES, count);
    }

    @Override
    public void write(byte[] values, MemorySegment memory) {
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_BYTE, 0, values.length);
    }

    @Override
    public void read(MemorySegment memory, long at, float[] values, int to, int count) {
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, at * Float.BYTES, values, to, count);
    }

    @Override
    public boolean records() {
        return false;
    }

    @Override
    public Recording record(Runnable calls) {
        throw new UnsupportedOperationException("kernels of this processor run at once");
    }

    @Override
    public long time(Runnable calls) {
        long start = System.nanoTime();
        calls.run();
        return System.nanoTime() - start;
    }

    @Override
    public void close() {
        // It is nobody's.
    }
}
