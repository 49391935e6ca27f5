package sinew.kernels.cuda;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/// A place in the GPU's memory whose number can be read: kernels take numbers.
final class Address extends CUdeviceptr {
    long value() {
        return getNativePointer();
    }

    static CUdeviceptr of(long value) {
        return new CUdeviceptr().withByteOffset(value);
    }

    /// Host memory that the driver allocated.
    static final class Host extends Pointer {
        long value() {
            return getNativePointer();
        }
    }
}
