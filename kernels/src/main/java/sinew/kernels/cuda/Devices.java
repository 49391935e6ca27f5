package sinew.kernels.cuda;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sinew.kernels.Device;
import sinew.kernels.DeviceException;

/// Finds a device by what a user calls it:
///
/// * `cpu`: this machine's processor.
/// * `cuda` or `cuda:N`: NVIDIA GPU 0 or N. With `+tf32` behind it weights and activations of F32 layers enter products
///   with 10 bits behind the point, which is faster where arithmetic and not memory is the limit.
/// * `auto`: the first GPU that can be used, otherwise the processor.
public final class Devices {
    private static final Pattern CUDA = Pattern.compile("cuda(?::(\\d{1,4}))?(\\+tf32)?");

    private Devices() {}

    /// Opens a device; the caller closes it.
    ///
    /// @throws DeviceException          when there is no such device, or it cannot be used: the message says why
    /// @throws IllegalArgumentException when the name is none
    public static Device open(String name) {
        String wanted = name.toLowerCase(Locale.ROOT);
        Matcher cuda = cuda(wanted);
        if (cuda != null) {
            Driver.require();
            return CudaDevice.open(cuda.group(1) == null ? 0 : Integer.parseInt(cuda.group(1)), cuda.group(2) != null);
        }
        return wanted.equals("auto") && gpuProblem() == null ? CudaDevice.open(0, false) : Device.CPU;
    }

    /// @throws IllegalArgumentException when the name is none
    public static void requireName(String name) {
        cuda(name.toLowerCase(Locale.ROOT));
    }

    /// Why GPU 0 cannot be used, in a sentence, or null where it can.
    public static String gpuProblem() {
        try {
            Driver.require();
            CudaDevice.requireUsable(0);
            return null;
        } catch (DeviceException e) {
            return e.getMessage();
        }
    }

    /// Null for the names that are no GPU's.
    private static Matcher cuda(String name) {
        if (name.equals("cpu") || name.equals("auto")) {
            return null;
        }
        Matcher cuda = CUDA.matcher(name);
        if (!cuda.matches()) {
            throw new IllegalArgumentException(
                    "there is no device '" + name + "'; devices are cpu, cuda, cuda:N (each also with +tf32) and auto");
        }
        return cuda;
    }
}
