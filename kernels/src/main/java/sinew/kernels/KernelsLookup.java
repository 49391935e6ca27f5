package sinew.kernels;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/// Chooses the implementation once per process.
final class KernelsLookup {
    /// `scalar` forces the plain implementation.
    private static final String KERNELS_PROPERTY = "sinew.kernels";
    private static final Logger LOG = System.getLogger("sinew.kernels");

    static final Kernels BEST = choose();

    private KernelsLookup() {}

    private static Kernels choose() {
        String wanted = System.getProperty(KERNELS_PROPERTY, "simd");
        if (wanted.equals("scalar")) {
            return slow("-D" + KERNELS_PROPERTY + "=scalar asks for them");
        }
        if (!wanted.equals("simd")) {
            throw new IllegalArgumentException(KERNELS_PROPERTY + " is simd or scalar, not " + wanted);
        }
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            return slow("this JVM runs without --add-modules jdk.incubator.vector");
        }
        return new CheckedKernels(new VectorKernels());
    }

    private static Kernels slow(String why) {
        LOG.log(Level.WARNING, "Using plain kernels, which are many times slower: " + why);
        return new CheckedKernels(new ScalarKernels());
    }
}
