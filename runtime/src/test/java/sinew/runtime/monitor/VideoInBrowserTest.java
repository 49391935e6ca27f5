package sinew.runtime.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.runtime.control.Ending;
import sinew.runtime.control.Phase;
import sinew.runtime.control.Tally;
import sinew.runtime.record.EpisodeRecorder;

/// The recorder's videos play in a real browser.
class VideoInBrowserTest {
    private static final int STEPS = 59;
    private static final int FPS = 30;

    @TempDir
    private Path folder;

    @Test
    void playsWhatWasRecorded() throws Exception {
        try (Chromium chromium = Chromium.start()) {
            Path video = record();
            Page page = chromium.browser().newPage();
            page.setContent("<!doctype html><title>video</title><video muted></video>");
            // As a blob, so that the test may read the pixels.
            page.evaluate("""
                    async (base64) => {
                        const answer = await fetch("data:video/mp4;base64," + base64);
                        document.querySelector("video").src = URL.createObjectURL(await answer.blob());
                    }""", Base64.getEncoder().encodeToString(Files.readAllBytes(video)));
            page.waitForFunction("document.querySelector('video').readyState >= 2");
            assertEquals(320, number(page, "videoWidth"));
            assertEquals(240, number(page, "videoHeight"));
            assertEquals((STEPS + 1.0) / FPS, number(page, "duration"), 0.05);
            page.evaluate("document.querySelector('video').play()");
            page.waitForFunction("document.querySelector('video').ended");
            assertEquals((STEPS + 1.0) / FPS, number(page, "currentTime"), 0.05);
            page.screenshot(new Page.ScreenshotOptions().setPath(Path.of("target/screenshots/video.png")));
            assertSquareWhereItWas(page, 0);
            assertSquareWhereItWas(page, STEPS / 2);
            assertSquareWhereItWas(page, STEPS);
        }
    }

    /// Seeks to a frame and looks for the square of [Steps#picture], which moves 4 pixels per step.
    private static void assertSquareWhereItWas(Page page, int step) {
        Object rgb = page.evaluate("""
                async ([time, x, y]) => {
                    const video = document.querySelector("video");
                    const seeked = new Promise((done) => video.addEventListener("seeked", done, { once: true }));
                    video.currentTime = time;
                    await seeked;
                    const canvas = document.createElement("canvas");
                    canvas.width = video.videoWidth;
                    canvas.height = video.videoHeight;
                    const pen = canvas.getContext("2d");
                    pen.drawImage(video, 0, 0);
                    return [...pen.getImageData(x, y, 1, 1).data].slice(0, 3);
                }""", List.of((step + 0.5) / FPS, step * 4 % 260 + 30, 90));
        List<?> found = (List<?>) rgb;
        int[] expected = {240, 200, 40};
        for (int i = 0; i < expected.length; i++) {
            int value = ((Number) found.get(i)).intValue();
            assertTrue(Math.abs(value - expected[i]) < 25, "step " + step + ": the square is " + found);
        }
    }

    private static double number(Page page, String property) {
        return ((Number) page.evaluate("document.querySelector('video')." + property)).doubleValue();
    }

    private Path record() throws Exception {
        Path run;
        EpisodeRecorder.Options options = new EpisodeRecorder.Options(folder, FPS, "front", "success", "episode");
        try (EpisodeRecorder recorder = EpisodeRecorder.open(options, words -> {})) {
            run = recorder.runDirectory();
            recorder.onStep(Steps.reset(1, Tally.NONE));
            for (int step = 1; step < STEPS; step++) {
                recorder.onStep(Steps.step(1, step, Tally.NONE));
            }
            recorder.onStep(Steps.last(1, STEPS, Phase.STEP, Tally.NONE, Ending.COMPLETED, true));
        }
        try (Stream<Path> videos = Files.list(run.resolve("videos"))) {
            return videos.filter(file -> file.toString().endsWith(".mp4")).findFirst().orElseThrow();
        }
    }
}
