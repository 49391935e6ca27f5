package sinew.runtime.monitor;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/// The machine's own Chromium, driven by Playwright. Tests that need it are skipped where there is none.
public final class Chromium implements AutoCloseable {
    private static final String VARIABLE = "SINEW_CHROMIUM";
    private static final String NOT_FOUND = "SKIPPED: browser tests need Chromium. Install it (Debian: apt-get install"
            + " chromium) or name one in " + VARIABLE + ".";
    /// For machines that are busy with other things.
    private static final int PATIENCE_MS = 20_000;
    private static final List<String> USUAL_PLACES = List.of(
            "/usr/bin/chromium",
            "/usr/bin/chromium-browser",
            "/usr/bin/google-chrome",
            "/snap/bin/chromium",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    private static final List<String> QUIET_AND_HEADLESS = List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");

    private final Playwright playwright;
    private final Browser browser;

    private Chromium(Path executable) {
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright.chromium()
                .launch(new BrowserType.LaunchOptions().setExecutablePath(executable).setArgs(QUIET_AND_HEADLESS));
    }

    /// Starts it, or skips the test.
    public static Chromium start() {
        Optional<Path> executable = Stream.concat(Stream.of(System.getenv(VARIABLE)), USUAL_PLACES.stream())
                .filter(Objects::nonNull)
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
        if (executable.isEmpty()) {
            // The build's summary does not show why a test was skipped.
            System.err.println(NOT_FOUND);
        }
        assumeTrue(executable.isPresent(), NOT_FOUND);
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MS);
        return new Chromium(executable.get());
    }

    public Browser browser() {
        return browser;
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
