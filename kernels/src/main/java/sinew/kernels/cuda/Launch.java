package sinew.kernels.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import sinew.kernels.Rows;

/// One kernel call: arguments in the order of its definition, then where it runs.
final class Launch {
    private final CUstream stream;
    private final Modules modules;
    private final DeviceMemory memory;
    private final List<Pointer> arguments = new ArrayList<>();

    Launch(CUstream stream, Modules modules, DeviceMemory memory) {
        this.stream = stream;
        this.modules = modules;
        this.memory = memory;
    }

    /// A matrix: its address and the floats from row to row, or zeros for none.
    Launch with(Rows rows) {
        return with(rows == null ? null : rows.memory()).with(rows == null ? 0 : rows.stride());
    }

    /// An address, 0 for none.
    Launch with(MemorySegment segment) {
        arguments.add(Pointer.to(new long[] {memory.address(segment)}));
        return this;
    }

    Launch with(int value) {
        arguments.add(Pointer.to(new int[] {value}));
        return this;
    }

    Launch with(float value) {
        arguments.add(Pointer.to(new float[] {value}));
        return this;
    }

    /// A thread for each of `threads` pieces of work, in blocks of `block`.
    void over(long threads, String kernel, int block) {
        run(kernel, block, (int) ((threads + block - 1) / block), 1, 1);
    }

    void run(String kernel, int block, int gridX, int gridY, int gridZ) {
        if (gridX == 0 || gridY == 0 || gridZ == 0) {
            return; // nothing to do, which the driver would refuse
        }
        Driver.check(JCudaDriver.cuLaunchKernel(modules.function(kernel), gridX, gridY, gridZ, block, 1, 1, 0, stream,
                Pointer.to(arguments.toArray(NativePointerObject[]::new)), null), "running the kernel " + kernel);
    }
}
