package sinew.runtime.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sinew.runtime.control.OperatorPanel;
import sinew.runtime.control.Tally;

class MonitorFeedTest {
    private final HttpClient http = HttpClient.newHttpClient();
    private final OperatorPanel panel = new OperatorPanel();
    private final MonitorServer monitor = new MonitorServer("127.0.0.1", 0, panel);

    @BeforeEach
    void open() throws IOException {
        monitor.start();
    }

    @AfterEach
    void close() {
        monitor.close();
        http.shutdownNow();
    }

    /// A browser that acknowledges what it takes.
    private final class Browser implements WebSocket.Listener {
        final BlockingQueue<JsonNode> telemetry = new LinkedBlockingQueue<>();
        final BlockingQueue<byte[]> frames = new LinkedBlockingQueue<>();
        final BlockingQueue<Integer> closed = new ArrayBlockingQueue<>(1);
        private final boolean acknowledges;
        private final StringBuilder text = new StringBuilder();
        private final List<byte[]> parts = new ArrayList<>();

        Browser(boolean acknowledges) {
            this.acknowledges = acknowledges;
        }

        Browser join() {
            http.newWebSocketBuilder()
                    .buildAsync(URI.create("ws://127.0.0.1:" + monitor.port() + "/ws"), this)
                    .join();
            return this;
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                try {
                    JsonNode message = new ObjectMapper().readTree(text.toString());
                    telemetry.add(message);
                    if (acknowledges) {
                        socket.sendText(message.get("update").asText(), true);
                    }
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            byte[] part = new byte[data.remaining()];
            data.get(part);
            parts.add(part);
            if (last) {
                ByteBuffer whole = ByteBuffer.allocate(parts.stream().mapToInt(each -> each.length).sum());
                parts.forEach(whole::put);
                frames.add(whole.array());
                parts.clear();
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            closed.add(code);
            return null;
        }

        JsonNode next() throws InterruptedException {
            JsonNode message = telemetry.poll(20, TimeUnit.SECONDS);
            assertTrue(message != null, "no telemetry within 20 s");
            return message;
        }

        /// The first message that shows this step or a later one.
        JsonNode step(int step) throws InterruptedException {
            JsonNode message = next();
            while (message.at("/now/step").asInt(-1) < step) {
                message = next();
            }
            return message;
        }
    }

    @Test
    void tellsALateBrowserEverythingAtOnce() throws Exception {
        for (int step = 1; step <= 40; step++) {
            monitor.onStep(Steps.step(3, step, new Tally(2, 2, 1)));
        }
        Browser browser = new Browser(true).join();
        JsonNode message = browser.next();
        assertEquals("telemetry", message.get("type").asText());
        assertTrue(message.at("/status/waiting_reset").asBoolean());
        JsonNode now = message.get("now");
        assertEquals(40, now.get("seq").asInt());
        assertEquals("step", now.get("phase").asText());
        assertEquals(3, now.get("episode").asInt());
        assertEquals(40, now.get("step").asInt());
        assertEquals("lift the cube", now.get("task").asText());
        assertEquals(6, now.at("/states/arm").size());
        assertEquals(6, now.get("applied").size());
        assertEquals(6, now.get("predicted").size());
        assertEquals(6, now.get("truth").size());
        assertEquals("[\"front\",\"wrist\"]", now.get("cameras").toString());
        assertEquals("{\"index\":4,\"length\":8,\"left\":0}", now.get("chunk").toString());
        assertEquals(21.5 + 40 % 7, now.at("/timing/infer_ms").asDouble());
        assertEquals(29.9, now.at("/timing/rate_hz").asDouble());
        assertEquals("connected", now.get("connection").asText());
        assertEquals(
                "{\"episodes\":2,\"labelled\":2,\"successes\":1,\"success_rate\":0.5}", now.get("tally").toString());
        assertTrue(now.get("error").isNull());
        assertTrue(now.get("ending").isNull());
        assertEquals(40, message.get("points").size());
        assertEquals(1, message.at("/points/0/seq").asInt());
        assertTrue(message.at("/points/0/prev_total_ms").isNull());
        assertEquals(6, message.at("/points/39/truth").size());
    }

    @Test
    void sendsFramesThatTheirHeaderDescribes() throws Exception {
        monitor.onStep(Steps.step(1, 1, Tally.NONE));
        monitor.onStep(Steps.step(1, 2, Tally.NONE));
        Browser browser = new Browser(true).join();
        ByteBuffer front = ByteBuffer.wrap(browser.frames.poll(20, TimeUnit.SECONDS));
        assertEquals(1, front.get());
        int nameLength = front.get();
        assertEquals(0, front.getShort());
        assertEquals(2, front.getLong());
        assertEquals(1_700_000_000.25 + 2 / 30.0, front.getDouble());
        byte[] name = new byte[nameLength];
        front.get(name);
        assertEquals("front", new String(name, StandardCharsets.UTF_8));
        var picture = ImageIO.read(new ByteArrayInputStream(front.array(), front.position(), front.remaining()));
        assertEquals(320, picture.getWidth());
        ByteBuffer wrist = ByteBuffer.wrap(browser.frames.poll(20, TimeUnit.SECONDS));
        assertEquals("wrist", new String(wrist.array(), 20, wrist.get(1), StandardCharsets.UTF_8));
    }

    @Test
    void losesNoPlotPointWhenItSkipsPictures() throws Exception {
        Browser browser = new Browser(true).join();
        int steps = 200;
        for (int step = 1; step <= steps; step++) {
            monitor.onStep(Steps.step(1, step, Tally.NONE));
        }
        List<Integer> seen = new ArrayList<>();
        while (seen.isEmpty() || seen.getLast() < steps) {
            browser.next().get("points").forEach(point -> seen.add(point.get("seq").asInt()));
        }
        assertEquals(IntStream.rangeClosed(1, steps).boxed().toList(), seen);
    }

    @Test
    void showsTheLastPictureThoughTheEncoderRests() throws Exception {
        Browser browser = new Browser(true).join();
        for (int step = 1; step <= 5; step++) {
            monitor.onStep(Steps.step(1, step, Tally.NONE));
        }
        long seq = 0;
        while (seq < 5) {
            seq = ByteBuffer.wrap(browser.frames.poll(20, TimeUnit.SECONDS)).getLong(4);
        }
        assertEquals(5, seq);
    }

    @Test
    void keepsTheLastThreeHundredPoints() throws Exception {
        for (int step = 1; step <= 350; step++) {
            monitor.onStep(Steps.step(1, step, Tally.NONE));
        }
        JsonNode points = new Browser(true).join().next().get("points");
        assertEquals(300, points.size());
        assertEquals(51, points.get(0).get("seq").asInt());
    }

    @Test
    void showsPreviewsWithoutPlottingThem() throws Exception {
        monitor.onStep(Steps.step(1, 5, Tally.NONE));
        monitor.onStep(Steps.waiting(1, 5, Tally.NONE));
        JsonNode message = new Browser(true).join().next();
        assertEquals("waiting_reset", message.at("/now/phase").asText());
        assertEquals(1, message.get("points").size());
    }

    @Test
    void tellsAboutACommandAtOnceAndIsHeardWhenNothingHappens() throws Exception {
        Browser browser = new Browser(true).join();
        assertNull(browser.next().get("now").textValue());
        panel.stop(true);
        JsonNode changed = browser.next();
        assertTrue(changed.at("/status/stop_requested").asBoolean());
        JsonNode heartbeat = browser.next();
        assertTrue(heartbeat.get("update").asLong() > changed.get("update").asLong());
        assertTrue(heartbeat.get("points").isEmpty());
    }

    @Test
    void sendsNoMoreThanTwoUpdatesToABrowserThatDoesNotAnswer() throws Exception {
        monitor.onStep(Steps.step(1, 1, Tally.NONE));
        Browser silent = new Browser(false).join();
        Browser lively = new Browser(true).join();
        for (int step = 2; step <= 30; step++) {
            monitor.onStep(Steps.step(1, step, Tally.NONE));
            lively.step(step);
        }
        silent.next();
        silent.next();
        assertNull(silent.telemetry.poll(200, TimeUnit.MILLISECONDS));
        // Two pictures an update, or none with the second when the encoder had to rest.
        int pictures = silent.frames.size();
        assertTrue(pictures == 2 || pictures == 4, pictures + " pictures");
    }

    @Test
    void doesNotMakeControlWaitForASocketThatNobodyReads() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", monitor.port())) {
            socket.setReceiveBufferSize(1024);
            socket.getOutputStream().write(("GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                    + "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    + "Sec-WebSocket-Version: 13\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            assertEquals("HTTP/1.1 101", new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII));
            Browser lively = new Browser(true).join();
            long longest = 0;
            for (int step = 1; step <= 100; step++) {
                var record = Steps.step(1, step, Tally.NONE);
                long began = System.nanoTime();
                monitor.onStep(record);
                longest = Math.max(longest, System.nanoTime() - began);
            }
            lively.step(100);
            // A socket would hold it for ever; this forgives a busy machine.
            assertTrue(longest < TimeUnit.SECONDS.toNanos(2), "onStep took " + longest / 1_000_000 + " ms");
        }
    }

    @Test
    void saysGoodbyeAfterTheLastStep() throws Exception {
        Browser browser = new Browser(true).join();
        browser.next();
        monitor.onStep(Steps.step(1, 9, Tally.NONE));
        monitor.close();
        browser.step(9);
        assertEquals(1001, browser.closed.poll(20, TimeUnit.SECONDS));
    }

    @Test
    void turnsAwayABrowserThatTalksNonsense() throws Exception {
        Browser browser = new Browser(false);
        WebSocket socket = http.newWebSocketBuilder()
                .buildAsync(URI.create("ws://127.0.0.1:" + monitor.port() + "/ws"), browser)
                .join();
        socket.sendText("stop", true).join();
        assertEquals(1002, browser.closed.poll(20, TimeUnit.SECONDS));
    }

    @Test
    void refusesFeedsForForeignPages() {
        CompletionException refused = assertThrows(
                CompletionException.class,
                () -> http.newWebSocketBuilder()
                        .header("Origin", "http://evil.example")
                        .buildAsync(URI.create("ws://127.0.0.1:" + monitor.port() + "/ws"), new Browser(false))
                        .join());
        assertFalse(refused.getCause() instanceof ConnectException);
    }

    @Test
    void admitsSixteenBrowsers() throws Exception {
        for (int i = 0; i < 16; i++) {
            new Browser(true).join().next();
        }
        assertEquals(1013, new Browser(true).join().closed.poll(20, TimeUnit.SECONDS));
    }
}
