package sinew.kernels.cuda;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/// The GPU of tests: a real one where there is a driver, otherwise the emulator in `src/test/cuda`, which runs the same
/// kernels on this processor behind the same driver functions.
public final class CudaEmulator {
    private static final int NO_COMPILER = 3;

    private static String skip;
    private static Path library; // null where a real driver is
    private static boolean loaded;

    private CudaEmulator() {}

    /// Makes a GPU available to this process, or skips the test where there is neither a driver nor a C++ compiler.
    public static synchronized void require() {
        if (!loaded) {
            loaded = true;
            skip = load();
        }
        Assumptions.assumeTrue(skip == null, () -> skip);
    }

    /// The emulator's library, for processes of their own. Skips the test where a real GPU stands in for it.
    static Path library() {
        require();
        Assumptions.assumeTrue(library != null, "there is a real GPU");
        return library;
    }

    @SuppressWarnings("restricted")
    private static String load() {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup("libcuda.so.1", arena);
            return null;
        } catch (IllegalArgumentException e) {
            // No driver.
        }
        try {
            Path root = Path.of(System.getProperty("sinew.root", "..")).toAbsolutePath().normalize();
            Path out = Files.createDirectories(root.resolve("kernels/target/cuda-emulator"));
            Process build = new ProcessBuilder(
                            "bash", root.resolve("kernels/src/test/cuda/build-emulator.sh").toString(), out.toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(build.getInputStream().readAllBytes());
            int code = build.waitFor();
            if (code == NO_COMPILER) {
                return "there is no GPU, and no C++ compiler for the emulator: " + said;
            }
            if (code != 0) {
                throw new IllegalStateException("the emulator does not build: " + said);
            }
            library = out.resolve("libcuda.so.1");
            System.load(library.toString());
            return null;
        } catch (IOException e) {
            throw new IllegalStateException("cannot build the emulator", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the emulator was built", e);
        }
    }
}
