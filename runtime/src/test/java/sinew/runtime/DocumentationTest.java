package sinew.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Documents that name files must name files that are there.
class DocumentationTest {
    /// A path in back quotes, or the target of a relative link.
    private static final Pattern PATH =
            Pattern.compile("`((?:kernels|engine|tools|runtime|webui|bench|docs)/[A-Za-z0-9_./-]*)`|]\\(([A-Za-z0-9_./-]+)\\)");

    @Test
    void everyPathInTheDocumentsExists() throws IOException {
        Path root = Path.of(System.getProperty("sinew.root"));
        List<Path> documents = new ArrayList<>(List.of(root.resolve("README.md"), root.resolve("CONTRIBUTING.md")));
        try (Stream<Path> docs = Files.walk(root.resolve("docs"))) {
            docs.filter(p -> p.toString().endsWith(".md")).forEach(documents::add);
        }
        List<String> missing = new ArrayList<>();
        for (Path document : documents) {
            Matcher m = PATH.matcher(Files.readString(document));
            while (m.find()) {
                Path named = m.group(1) != null
                        ? root.resolve(m.group(1))
                        : document.getParent().resolve(m.group(2));
                if (!Files.exists(named)) {
                    missing.add(root.relativize(document) + " names " + m.group());
                }
            }
        }
        assertEquals(List.of(), missing);
    }
}
