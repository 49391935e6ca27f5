package sinew.kernels.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import sinew.kernels.DeviceException;

/// NVIDIA's driver: whether it is there, and what its errors mean.
final class Driver {
    private static final String LIBRARY = "libcuda.so.1";
    private static final int OLDEST = 12000;
    private static final String OLDEST_WORDS = "525 (CUDA 12.0)";

    /// Why there is no usable driver, or null.
    private static final String PROBLEM = start();

    private Driver() {}

    /// @throws DeviceException when there is no usable driver
    static void require() {
        if (PROBLEM != null) {
            throw new DeviceException(PROBLEM);
        }
    }

    /// Looked for before JCuda is touched, which would say so with a page of text.
    @SuppressWarnings("restricted")
    private static String start() {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup(LIBRARY, arena);
        } catch (IllegalArgumentException e) {
            return "there is no NVIDIA driver on this machine: " + LIBRARY + " cannot be loaded."
                    + " Install the driver, version " + OLDEST_WORDS + " or newer, or use --device cpu";
        }
        try {
            JCudaDriver.setExceptionsEnabled(false);
            int result = JCudaDriver.cuInit(0);
            if (result == CUresult.CUDA_ERROR_NO_DEVICE) {
                return noGpu();
            }
            check(result, "starting the NVIDIA driver");
            int[] version = new int[1];
            check(JCudaDriver.cuDriverGetVersion(version), "asking the NVIDIA driver for its version");
            return version[0] >= OLDEST ? null : "the NVIDIA driver is too old: it knows CUDA " + words(version[0])
                    + ", Sinew wants driver " + OLDEST_WORDS + " or newer. Update it, or use --device cpu";
        } catch (DeviceException e) {
            return e.getMessage();
        } catch (LinkageError e) {
            return "JCuda's library for the NVIDIA driver cannot be loaded on this machine (" + firstLine(e)
                    + "). There is one for Linux on x86-64. Use --device cpu";
        }
    }

    static String noGpu() {
        return "the NVIDIA driver is there but finds no GPU. See what nvidia-smi says, or use --device cpu";
    }

    /// `12.8` for 12080.
    static String words(int version) {
        return version / 1000 + "." + version % 1000 / 10;
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason given");
    }

    /// @param what what was tried, for the message
    static void check(int result, String what) {
        if (result != CUresult.CUDA_SUCCESS) {
            throw new DeviceException(what + " failed: " + reason(result));
        }
    }

    private static String reason(int result) {
        String name = CUresult.stringFor(result);
        return switch (result) {
            case CUresult.CUDA_ERROR_OUT_OF_MEMORY -> "the GPU's memory is full (" + name
                    + "). Stop what else uses it (nvidia-smi shows that), convert with --type bf16 or int8,"
                    + " or use --device cpu";
            case CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU, CUresult.CUDA_ERROR_INVALID_PTX,
                    CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION -> "the driver cannot compile the kernels for this GPU ("
                    + name + "). Update the driver, or use --device cpu";
            default -> name;
        };
    }
}
