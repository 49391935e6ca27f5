package sinew.convert.goldens;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/// Where the reference data lie: beside the checkout. They are too big for the repository.
public final class Goldens {
    private Goldens() {}

    /// The folder of a case; the test is skipped with a message where it is absent.
    public static Path lerobot(String name) {
        Path root = Path.of(System.getProperty("sinew.root", "."));
        Path folder = root.resolve("../shared/goldens/lerobot-diffusion").resolve(name).normalize();
        assumeTrue(Files.isDirectory(folder), () -> "reference data " + folder + " are not on this machine");
        return folder;
    }
}
