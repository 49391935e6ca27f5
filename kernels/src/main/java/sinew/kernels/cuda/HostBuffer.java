package sinew.kernels.cuda;

import java.lang.foreign.MemorySegment;
import jcuda.driver.JCudaDriver;

/// Memory of the host that the GPU copies from and to without a detour: it stays where it is (page-locked).
final class HostBuffer implements AutoCloseable {
    private final Address.Host pointer = new Address.Host();
    private final MemorySegment memory;

    @SuppressWarnings("restricted")
    HostBuffer(long bytes) {
        Driver.check(JCudaDriver.cuMemAllocHost(pointer, bytes), "allocating " + bytes + " bytes that the GPU can reach");
        memory = MemorySegment.ofAddress(pointer.value()).reinterpret(bytes);
    }

    MemorySegment memory() {
        return memory;
    }

    Address.Host pointer() {
        return pointer;
    }

    @Override
    public void close() {
        JCudaDriver.cuMemFreeHost(pointer);
    }
}
