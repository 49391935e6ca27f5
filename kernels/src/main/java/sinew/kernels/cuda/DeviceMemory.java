package sinew.kernels.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import jcuda.Pointer;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/// The GPU's memory: blocks that networks work in, and copies of what lies in the host's memory and never changes.
///
/// A block is a segment with the GPU's own address, so that it can be sliced like any other; touching it from Java
/// would end the process, which is why only this class makes them.
final class DeviceMemory implements AutoCloseable {
    private static final long PIECE_BYTES = 1L << 28;

    private final CUstream stream;
    private final Runnable makeCurrent;
    private final TreeMap<Long, Long> blocks = new TreeMap<>(); // address to bytes; guarded by itself, for cleanups
    private final Map<Constant, Address> constants = new HashMap<>();
    private HostBuffer staging;
    private boolean closed;

    private record Constant(long address, long bytes) {}

    DeviceMemory(CUstream stream, Runnable makeCurrent) {
        this.stream = stream;
        this.makeCurrent = makeCurrent;
        staging = new HostBuffer(1 << 16);
    }

    @SuppressWarnings("restricted")
    MemorySegment allocate(Arena arena, long bytes) {
        Address address = reserve(bytes);
        Driver.check(JCudaDriver.cuMemsetD8Async(address, (byte) 0, Math.max(bytes, 1), stream), "clearing memory");
        synchronized (blocks) {
            blocks.put(address.value(), bytes);
        }
        return MemorySegment.ofAddress(address.value()).reinterpret(bytes, arena, segment -> free(address));
    }

    private static Address reserve(long bytes) {
        Address address = new Address();
        Driver.check(JCudaDriver.cuMemAlloc(address, Math.max(bytes, 1)), "allocating " + bytes + " bytes of GPU memory");
        return address;
    }

    /// By whoever closes the block's arena.
    private void free(Address address) {
        synchronized (blocks) {
            if (blocks.remove(address.value()) == null || closed) {
                return;
            }
        }
        makeCurrent.run();
        JCudaDriver.cuMemFree(address);
    }

    /// The number that a kernel knows a segment's first byte by; 0 for none.
    long address(MemorySegment segment) {
        if (segment == null) {
            return 0;
        }
        return isBlock(segment) ? segment.address() : constant(segment).value();
    }

    private boolean isBlock(MemorySegment segment) {
        synchronized (blocks) {
            Map.Entry<Long, Long> below = blocks.floorEntry(segment.address());
            return below != null && segment.address() + segment.byteSize() <= below.getKey() + below.getValue();
        }
    }

    /// Scales of weights, say, have a place of their own each, so that a copy per segment copies nothing twice.
    private Address constant(MemorySegment segment) {
        Constant key = new Constant(segment.address(), segment.byteSize());
        Address known = constants.get(key);
        if (known != null) {
            return known;
        }
        Address copy = reserve(segment.byteSize());
        for (long at = 0; at < segment.byteSize(); at += PIECE_BYTES) {
            MemorySegment piece = segment.asSlice(at, Math.min(PIECE_BYTES, segment.byteSize() - at));
            Driver.check(JCudaDriver.cuMemcpyHtoDAsync(
                    copy.withByteOffset(at), Pointer.to(piece.asByteBuffer()), piece.byteSize(), stream), "copying weights");
            // Until then the host's memory may not move, and nobody else keeps it.
            await();
        }
        constants.put(key, copy);
        return copy;
    }

    void write(float[] values, int from, MemorySegment memory, long at, int count) {
        long bytes = (long) count * Float.BYTES;
        HostBuffer buffer = staging(bytes);
        MemorySegment.copy(values, from, buffer.memory(), ValueLayout.JAVA_FLOAT, 0, count);
        send(buffer, memory, at * Float.BYTES, bytes);
    }

    void write(byte[] values, MemorySegment memory) {
        HostBuffer buffer = staging(values.length);
        MemorySegment.copy(values, 0, buffer.memory(), ValueLayout.JAVA_BYTE, 0, values.length);
        send(buffer, memory, 0, values.length);
    }

    private void send(HostBuffer buffer, MemorySegment memory, long at, long bytes) {
        Driver.check(JCudaDriver.cuMemcpyHtoDAsync(
                Address.of(inside(memory, at, bytes)), buffer.pointer(), bytes, stream), "copying to the GPU");
        await(); // the buffer is needed again
    }

    void read(MemorySegment memory, long at, float[] values, int to, int count) {
        long bytes = (long) count * Float.BYTES;
        HostBuffer buffer = staging(bytes);
        Driver.check(JCudaDriver.cuMemcpyDtoHAsync(
                buffer.pointer(), Address.of(inside(memory, at * Float.BYTES, bytes)), bytes, stream), "copying from the GPU");
        await();
        MemorySegment.copy(buffer.memory(), ValueLayout.JAVA_FLOAT, 0, values, to, count);
    }

    private long inside(MemorySegment memory, long at, long bytes) {
        MemorySegment part = memory.asSlice(at, bytes); // throws where it does not fit
        if (!isBlock(part)) {
            throw new IllegalArgumentException("the memory is not this GPU's");
        }
        return part.address();
    }

    private HostBuffer staging(long bytes) {
        if (staging.memory().byteSize() < bytes) {
            staging.close();
            staging = new HostBuffer(Long.highestOneBit(bytes) * 2);
        }
        return staging;
    }

    void await() {
        Driver.check(JCudaDriver.cuStreamSynchronize(stream), "waiting for the GPU");
    }

    /// Forgets the copies of the host's memory, which may hold something else now.
    void forgetConstants() {
        await();
        constants.values().forEach(JCudaDriver::cuMemFree);
        constants.clear();
    }

    @Override
    public void close() {
        forgetConstants();
        staging.close();
        synchronized (blocks) {
            closed = true;
            blocks.keySet().forEach(address -> JCudaDriver.cuMemFree(Address.of(address)));
        }
    }
}
