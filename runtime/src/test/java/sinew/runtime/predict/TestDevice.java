package sinew.runtime.predict;

import sinew.engine.inference.LoadOptions;
import sinew.kernels.cuda.CudaEmulator;

/// Where the policies of tests compute: on this processor, or with `-Dsinew.test.device=cuda` on a GPU or its emulator.
final class TestDevice {
    private static final String NAME = System.getProperty("sinew.test.device", "cpu");

    private TestDevice() {}

    /// Options for loading a policy there. Skips the test where there is no such device.
    static LoadOptions options() {
        if (!isCpu()) {
            CudaEmulator.require();
        }
        return LoadOptions.defaults().withDevice(NAME).withWarmUp(false);
    }

    static boolean isCpu() {
        return NAME.equals("cpu");
    }

    /// Limits are for this processor's order of summation; a GPU has another.
    static double limit(double limit) {
        return isCpu() ? limit : 10 * limit;
    }
}
