package sinew.kernels.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The PTX that is checked in belongs to the sources beside it.
class CompiledKernelsTest {
    private static final Path SOURCES = root().resolve("kernels/src/main/cuda");
    private static final Path COMPILED = root().resolve("kernels/src/main/resources/sinew/kernels/cuda");
    private static final String AGAIN = ": run kernels/src/main/cuda/build.sh and check in what it writes";
    private static final Pattern KERNEL = Pattern.compile("SINEW_(?:KERNEL|PRODUCT)\\((\\w+)");
    private static final Pattern ENTRY = Pattern.compile("^\\.visible \\.entry (\\w+)\\(", Pattern.MULTILINE);

    private static Path root() {
        return Path.of(System.getProperty("sinew.root", "..")).toAbsolutePath().normalize();
    }

    @Test
    void everySourceIsCompiled() throws IOException {
        TreeSet<String> sources = new TreeSet<>(names(SOURCES, ".cu"));
        assertEquals(sources, new TreeSet<>(names(COMPILED, ".ptx")), "sources and PTX" + AGAIN);
        assertEquals(sources, new TreeSet<>(Modules.NAMES), "what is loaded");
    }

    @Test
    void ofTheseSources() throws IOException, NoSuchAlgorithmException {
        for (String name : names(SOURCES, ".cu")) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(Files.readAllBytes(SOURCES.resolve(name + ".cu")));
            for (String header : names(SOURCES, ".cuh")) {
                digest.update(Files.readAllBytes(SOURCES.resolve(header + ".cuh")));
            }
            String sum = HexFormat.of().formatHex(digest.digest());
            assertTrue(compiled(name).lines().findFirst().orElse("").endsWith("sha256 " + sum), name + ".ptx is old" + AGAIN);
        }
    }

    @Test
    void everyKernelIsThere() throws IOException {
        for (String name : names(SOURCES, ".cu")) {
            String source = Files.readString(SOURCES.resolve(name + ".cu"));
            TreeSet<String> wanted = new TreeSet<>(found(KERNEL, source));
            wanted.remove("NAME"); // of the macro's own definition
            assertEquals(wanted, new TreeSet<>(found(ENTRY, compiled(name))), name);
        }
    }

    /// The compiler's own word, where there is one: it may be another version, but not another program.
    @Test
    void theCompilerAgrees(@TempDir Path scratch) throws IOException, InterruptedException {
        String version = run(List.of("nvcc", "--version"));
        Assumptions.assumeTrue(version != null, "there is no nvcc on this machine");
        Process build = new ProcessBuilder("bash", SOURCES.resolve("build.sh").toString(), scratch.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, build.waitFor(), said);
        for (String name : names(SOURCES, ".cu")) {
            String ours = compiled(name);
            String fresh = Files.readString(scratch.resolve(name + ".ptx"));
            if (compiler(ours).equals(compiler(fresh))) {
                assertTrue(ours.equals(fresh), name + ".ptx is not what nvcc makes of its source" + AGAIN);
            } else {
                assertEquals(found(ENTRY, ours), found(ENTRY, fresh), name + ".ptx" + AGAIN);
            }
        }
    }

    private static String compiler(String ptx) {
        return ptx.lines().filter(line -> line.startsWith("// Compiler Build ID")).findFirst().orElse("");
    }

    private static String run(List<String> command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? said : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static String compiled(String name) throws IOException {
        return Files.readString(COMPILED.resolve(name + ".ptx"));
    }

    private static List<String> found(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(result -> result.group(1)).toList();
    }

    /// Names of files without their ending, in the order in which a shell lists them.
    private static List<String> names(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(ending))
                    .map(name -> name.substring(0, name.length() - ending.length()))
                    .sorted()
                    .toList();
        }
    }
}
