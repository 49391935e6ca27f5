package sinew.runtime.monitor;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sinew.runtime.control.Ending;
import sinew.runtime.control.OperatorPanel;
import sinew.runtime.control.StepRecord;

/// The monitor page in a real browser, fed by the real control loop. Pictures of it are in
/// `target/screenshots` afterwards.
class MonitorPageTest {
    private static Chromium chromium;

    private final List<String> complaints = new ArrayList<>();
    private BrowserContext context;

    @BeforeAll
    static void startBrowser() {
        chromium = Chromium.start();
    }

    @AfterAll
    static void stopBrowser() {
        if (chromium != null) {
            chromium.close();
        }
    }

    @AfterEach
    void closePage() {
        if (context != null) {
            context.close();
        }
    }

    @Test
    void showsMovingPictures() throws Exception {
        try (Run run = new Run(0, 1, false)) {
            Page page = open(run, 1440, 900);
            for (String camera : List.of("front", "wrist")) {
                Locator canvas = page.locator("[data-camera=" + camera + "] canvas");
                assertThat(canvas).isVisible();
                page.waitForCondition(() -> pixels(canvas) != 0);
                long first = pixels(canvas);
                page.waitForCondition(() -> pixels(canvas) != first);
                int seq = Integer.parseInt(canvas.getAttribute("data-seq"));
                page.waitForCondition(() -> Integer.parseInt(canvas.getAttribute("data-seq")) > seq + 10);
                assertEquals(640, ((Number) canvas.evaluate("c => c.width")).intValue());
            }
            Locator rate = page.locator("[data-camera=front] figcaption span").last();
            assertThat(rate).hasText(Pattern.compile("[1-9]\\d* fps"));
            assertNoComplaints();
        }
    }

    @Test
    void plotsEveryJointAndTheLatency() throws Exception {
        try (Run run = new Run(0, 1, false)) {
            Page page = open(run, 1440, 900);
            assertThat(page.locator("#joint-plots .uplot")).hasCount(6);
            assertThat(page.locator("#latency-plot .uplot")).hasCount(1);
            assertThat(page.getByText("shoulder pan")).isVisible();
            Locator plot = page.locator("#joint-plots canvas").first();
            long empty = pixels(plot);
            page.waitForCondition(() -> pixels(plot) != empty);
            assertThat(page.locator("#figure-round-trip")).hasText(Pattern.compile("\\d+\\.\\d ms"));
            assertThat(page.locator("#figure-infer")).hasText(Pattern.compile("\\d+\\.\\d ms"));
            assertThat(page.locator("#figure-rate")).hasText(Pattern.compile("\\d+\\.\\d Hz"));
            assertThat(page.locator("#chunk-text")).hasText(Pattern.compile("\\d of 8 actions · chunk \\d+"));
            assertThat(page.locator("#policy")).hasText("policy connected");
            assertThat(page.locator("#link")).hasText("connected");
            page.waitForTimeout(3000);
            screenshot(page, "running-1440x900");
            assertNoComplaints();
        }
    }

    @ParameterizedTest
    @CsvSource({"S, true", "f, false", "Enter, "})
    void stopsWithAVerdictFromTheKeyboard(String key, Boolean verdict) throws Exception {
        try (Run run = new Run(0, 1, true)) {
            Page page = open(run, 1440, 900);
            run.panel.reset();
            Locator stop = button(page, "Stop");
            assertThat(stop).isEnabled();
            stop.focus();
            page.keyboard().press("Enter");
            assertThat(page.getByRole(AriaRole.DIALOG)).isVisible();
            if (key.equals("S")) {
                screenshot(page, "verdict-1440x900");
            }
            page.keyboard().press(key);
            page.waitForCondition(() -> !run.endings.isEmpty());
            StepRecord last = run.endings.getFirst();
            assertEquals(Ending.STOPPED, last.ending());
            assertEquals(verdict, last.success());
            assertThat(page.getByRole(AriaRole.DIALOG)).isHidden();
            assertNoComplaints();
        }
    }

    @Test
    void stopsAndResetsByMouse() throws Exception {
        try (Run run = new Run(0, 1, true)) {
            Page page = open(run, 1440, 900);
            assertThat(page.locator("#phase")).hasText("waiting for Reset");
            assertThat(button(page, "Stop")).isDisabled();
            button(page, "Reset").click();
            assertThat(page.locator("#phase")).hasText("running");
            assertThat(button(page, "Reset")).isDisabled();
            assertThat(page.locator("#figure-episode")).hasText("1");

            button(page, "Stop").click();
            button(page, "Stop: success").click();
            assertThat(page.locator("#phase")).hasText("waiting for Reset");
            assertEquals(1, run.endings.size());
            assertEquals(true, run.endings.getFirst().success());
            assertThat(page.locator("#figure-finished")).hasText("1");
            assertThat(page.locator("#figure-success")).hasText("100% 1 of 1");
            assertThat(button(page, "Stop")).isDisabled();

            button(page, "Reset").click();
            assertThat(page.locator("#figure-episode")).hasText("2");
            assertThat(page.locator("#phase")).hasText("running");
            assertThat(button(page, "Stop")).isEnabled();
            assertNoComplaints();
        }
    }

    @Test
    void keepsRunningWhenTheDialogIsLeft() throws Exception {
        try (Run run = new Run(0, 1, false)) {
            Page page = open(run, 1440, 900);
            button(page, "Stop").click();
            page.keyboard().press("Escape");
            assertThat(page.getByRole(AriaRole.DIALOG)).isHidden();
            button(page, "Stop").click();
            button(page, "Keep running").click();
            int seen = Integer.parseInt(page.locator("#figure-step").textContent());
            page.waitForCondition(() -> Integer.parseInt(page.locator("#figure-step").textContent()) > seen);
            assertTrue(run.endings.isEmpty());
            assertThat(page.locator("#figure-episode")).hasText("1");
        }
    }

    @Test
    void waitsForTheFirstObservation() throws Exception {
        OperatorPanel panel = new OperatorPanel();
        try (MonitorServer monitor = new MonitorServer("127.0.0.1", 0, panel)) {
            monitor.start();
            Page page = open(monitor.url(), 1440, 900);
            assertThat(page.locator("#link")).hasText("connected");
            assertThat(page.locator("#phase")).hasText("before the first episode");
            assertThat(page.locator("#no-cameras")).isVisible();
            assertThat(button(page, "Stop")).isDisabled();
            screenshot(page, "empty-1440x900");
            button(page, "Reset").click();
            page.waitForCondition(() -> !panel.status().waitingReset());
            assertThat(button(page, "Reset")).isDisabled();
            assertNoComplaints();
        }
    }

    @Test
    void saysWhenTheRunIsGoneAndComesBackWithTheNext() throws Exception {
        Page page;
        int port;
        try (Run run = new Run(0, 1, false)) {
            port = run.port();
            page = open(run, 1440, 900);
            assertThat(page.locator("#link")).hasText("connected");
        }
        assertThat(page.locator("#link")).hasText("disconnected");
        assertThat(button(page, "Stop")).isDisabled();
        assertThat(button(page, "Reset")).isDisabled();
        screenshot(page, "disconnected-1440x900");
        try (Run again = new Run(port, 1, false)) {
            assertThat(page.locator("#link")).hasText("connected");
            assertThat(page.locator("#phase")).hasText("running");
            assertTrue(again.endings.isEmpty());
        }
    }

    @Test
    void saysWhatIsWrongWithThePolicyAndForgetsItAfterwards() throws Exception {
        try (Run run = new Run(0, 1, false)) {
            Page page = open(run, 1440, 900);
            assertThat(page.locator("#policy")).hasText("policy connected");
            assertThat(page.locator("#notice")).isHidden();
            run.outage = "the cable was pulled out";
            assertThat(page.locator("#policy")).hasText("policy reconnecting");
            assertThat(page.locator("#notice")).containsText("the cable was pulled out");
            assertEquals(Ending.INTERRUPTED, run.endings.getFirst().ending());
            screenshot(page, "outage-1440x900");
            run.outage = null;
            assertThat(page.locator("#policy")).hasText("policy connected");
            assertThat(page.locator("#notice")).isHidden();
            assertThat(page.locator("#figure-episode")).hasText("2");
            assertNoComplaints();
        }
    }

    @ParameterizedTest
    @CsvSource({"390, 844, 1", "390, 844, 2", "1440, 900, 2", "1024, 768, 1", "320, 568, 1"})
    void fitsTheScreen(int width, int height, int arms) throws Exception {
        try (Run run = new Run(0, arms, false)) {
            Page page = open(run, width, height);
            assertThat(page.locator("#joint-plots .uplot")).hasCount(6 * arms);
            assertThat(button(page, "Stop")).isInViewport();
            page.waitForTimeout(1500);
            assertEquals(
                    width,
                    ((Number) page.evaluate("document.documentElement.scrollWidth")).intValue(),
                    "the page scrolls sideways");
            screenshot(page, "arms-" + arms + "-" + width + "x" + height);
            assertNoComplaints();
        }
    }

    @Test
    void followsALightDesktop() throws Exception {
        try (Run run = new Run(0, 1, false)) {
            Page page = open(run, 1440, 900);
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
            page.waitForTimeout(1500);
            screenshot(page, "light-1440x900");
            assertEquals("rgb(243, 245, 248)", page.evaluate("getComputedStyle(document.body).backgroundColor"));
        }
    }

    private Page open(Run run, int width, int height) {
        return open(run.url(), width, height);
    }

    private Page open(String url, int width, int height) {
        context = chromium.browser().newContext(
                new Browser.NewContextOptions().setViewportSize(width, height).setColorScheme(ColorScheme.DARK));
        Page page = context.newPage();
        page.setDefaultTimeout(20_000);
        page.onConsoleMessage(message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
                complaints.add(message.text());
            }
        });
        page.onPageError(complaints::add);
        page.navigate(url);
        return page;
    }

    private void assertNoComplaints() {
        assertEquals(List.of(), complaints);
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(Pattern.compile("^" + name + "( \\w+)?$")));
    }

    /// A number that changes with the picture; 0 for a canvas without content.
    private static long pixels(Locator canvas) {
        return ((Number) canvas.evaluate("""
                c => {
                    const copy = document.createElement("canvas");
                    copy.width = c.width;
                    copy.height = c.height;
                    const pen = copy.getContext("2d", { willReadFrequently: true });
                    pen.drawImage(c, 0, 0);
                    const data = pen.getImageData(0, 0, c.width, c.height).data;
                    let sum = 0;
                    for (let i = 0; i < data.length; i += 4) {
                        sum = (sum * 31 + data[i] + 3 * data[i + 1] + 7 * data[i + 2]) % 1000003;
                    }
                    return sum;
                }""")).longValue();
    }

    private static void screenshot(Page page, String name) {
        page.screenshot(new Page.ScreenshotOptions().setPath(Path.of("target/screenshots", name + ".png")));
    }
}
