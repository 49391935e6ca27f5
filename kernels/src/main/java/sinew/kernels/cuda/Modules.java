package sinew.kernels.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/// The compiled kernels, by name. The driver compiles PTX to the GPU's own code when it is loaded, and keeps that on
/// disk for the next time.
final class Modules implements AutoCloseable {
    static final List<String> NAMES =
            List.of("product", "norms", "elementwise", "attention", "pools", "denoise", "pictures");

    private final List<CUmodule> modules = new ArrayList<>();
    private final Map<String, CUfunction> functions = new HashMap<>();

    Modules() {
        for (String name : NAMES) {
            CUmodule module = new CUmodule();
            Driver.check(JCudaDriver.cuModuleLoadData(module, ptx(name)), "loading the kernels of " + name + ".cu");
            modules.add(module);
        }
    }

    private static String ptx(String name) {
        try (InputStream in = Modules.class.getResourceAsStream(name + ".ptx")) {
            if (in == null) {
                throw new IllegalStateException(name + ".ptx is missing from this build; run kernels/src/main/cuda/build.sh");
            }
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII) + '\0'; // the driver looks for its end
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + name + ".ptx", e);
        }
    }

    CUfunction function(String name) {
        CUfunction known = functions.get(name);
        if (known != null) {
            return known;
        }
        CUfunction found = new CUfunction();
        for (CUmodule module : modules) {
            int result = JCudaDriver.cuModuleGetFunction(found, module, name);
            if (result == CUresult.CUDA_SUCCESS) {
                functions.put(name, found);
                return found;
            }
            if (result != CUresult.CUDA_ERROR_NOT_FOUND) {
                Driver.check(result, "finding the kernel " + name);
            }
        }
        throw new IllegalStateException("no module has a kernel " + name);
    }

    @Override
    public void close() {
        modules.forEach(JCudaDriver::cuModuleUnload);
    }
}
