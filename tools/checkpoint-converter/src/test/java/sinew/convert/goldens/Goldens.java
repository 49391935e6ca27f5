package sinew.convert.goldens;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/// Where the reference data lie: beside the checkout. They are too big for the repository.
public final class Goldens {
    private Goldens() {}

    /// The folder of a case; the test is skipped with a message where it is absent.
    public static Path lerobot(String name) {
        return folder("lerobot-diffusion", name);
    }

    /// The folder of a case of the original diffusion_policy; the test is skipped with a message where it is absent.
    public static Path diffusionPolicy(String name) {
        return folder("diffusion-policy", name);
    }

    private static Path folder(String family, String name) {
        Path root = Path.of(System.getProperty("sinew.root", "."));
        Path folder = root.resolve("../shared/goldens").resolve(family).resolve(name).normalize();
        assumeTrue(Files.isDirectory(folder), () -> "reference data " + folder + " are not on this machine");
        return folder;
    }
}
