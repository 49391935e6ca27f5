package sinew.runtime.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sinew.runtime.control.Ending;
import sinew.runtime.control.OperatorPanel;
import sinew.runtime.control.OperatorPanel.Status;
import sinew.runtime.control.Phase;
import sinew.runtime.control.Tally;

class MonitorApiTest {
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
        http.close();
    }

    @ParameterizedTest
    @CsvSource({
        "/, text/html; charset=utf-8",
        "/index.html, text/html; charset=utf-8",
        "/static/css/page.css, text/css; charset=utf-8",
        "/static/js/main.js, text/javascript; charset=utf-8",
        "/static/icon.svg, image/svg+xml",
        "/static/lib/uplot/uPlot.esm.js, text/javascript; charset=utf-8",
        "/static/lib/uplot/uPlot.min.css, text/css; charset=utf-8",
    })
    void servesThePage(String path, String type) throws Exception {
        HttpResponse<String> answer = get(path);
        assertEquals(200, answer.statusCode());
        assertEquals(type, header(answer, "Content-Type"));
        assertEquals("no-cache", header(answer, "Cache-Control"));
        assertEquals(
                Integer.toString(answer.body().getBytes(StandardCharsets.UTF_8).length),
                header(answer, "Content-Length"));
        String tag = header(answer, "ETag");
        HttpResponse<String> again = send(request(path).header("If-None-Match", tag));
        assertEquals(304, again.statusCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "/nothing", "/api", "/api/", "/api/obs/", "/api/obs?x=1", "/?x=1", "/api/command", "/ws", "/static/",
        "/static/js", "/static/../MonitorServer.class", "/static/%2e%2e/x.js", "/static/js//main.js",
        "/static/lib/uplot/../package.json", "/static/lib/uplot/nothing.js"
    })
    void answersEverythingElseWithNotFound(String path) throws Exception {
        HttpResponse<String> answer = get(path);
        assertEquals(404, answer.statusCode());
        assertEquals("application/json; charset=utf-8", header(answer, "Content-Type"));
        assertEquals("{\"error\":\"not_found\"}", answer.body());
    }

    @Test
    void answersOtherMethodsWithNotFound() throws Exception {
        assertEquals(404, post("/", "{}").statusCode());
        assertEquals(404, post("/api/obs", "{}").statusCode());
        assertEquals(404, send(request("/").DELETE()).statusCode());
    }

    @Test
    void hasNoPayloadBeforeTheFirstStep() throws Exception {
        HttpResponse<String> answer = get("/api/obs");
        assertEquals(200, answer.statusCode());
        assertEquals("application/json; charset=utf-8", header(answer, "Content-Type"));
        assertEquals(Integer.toString(answer.body().length()), header(answer, "Content-Length"));
        assertEquals(
                "{\"payload\":null,\"status\":{\"waiting_reset\":true,\"stop_requested\":false,\"stopped\":false}}",
                answer.body());
    }

    @Test
    void showsTheNewestStep() throws Exception {
        monitor.onStep(Steps.step(2, 6, Tally.NONE));
        monitor.onStep(Steps.step(2, 7, Tally.NONE));
        JsonNode payload = json(get("/api/obs")).get("payload");
        assertEquals("step", payload.get("phase").asText());
        assertEquals(1_700_000_000.25 + 7 / 30.0, payload.get("t").asDouble(), 1e-6);
        assertEquals(2, payload.get("episode").asInt());
        assertEquals(7, payload.get("step").asInt());
        JsonNode obs = payload.get("obs");
        assertEquals("lift the cube", obs.get("task").asText());
        float[] expected = Steps.step(2, 7, Tally.NONE).observation().states().get("arm");
        assertEquals(6, obs.get("states").get("arm").size());
        for (int i = 0; i < 6; i++) {
            assertEquals(expected[i], obs.get("states").get("arm").get(i).floatValue());
        }
        assertEquals("[240,320,3]", obs.get("images_meta").get("front").get("shape").toString());
        assertEquals("uint8", obs.get("images_meta").get("wrist").get("dtype").asText());
        JsonNode info = payload.get("info");
        assertEquals(7, info.get("step").asInt());
        assertEquals(2, info.get("episode").asInt());
        assertTrue(info.get("success").isNull());
        assertEquals(6, info.get("action").size());
    }

    @Test
    void sendsTheNewestPicturesInTheRightColours() throws Exception {
        // More steps than there are buffers, so that every buffer has been used before.
        for (int step = 0; step <= 40; step += 10) {
            monitor.onStep(Steps.step(1, step, Tally.NONE));
            String encoded = json(get("/api/obs")).at("/payload/obs/images/front/jpeg_b64").asText();
            BufferedImage picture = ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(encoded)));
            assertEquals(320, picture.getWidth());
            assertEquals(240, picture.getHeight());
            // The middle of the bright square, which moves 4 pixels per step: R 240, G 200, B 40.
            int rgb = picture.getRGB(4 * step + 30, 90);
            assertEquals(240, rgb >> 16 & 255, 12);
            assertEquals(200, rgb >> 8 & 255, 12);
            assertEquals(40, rgb & 255, 12);
        }
    }

    @Test
    void doesNotShowWhatTheEnvironmentWritesLater() throws Exception {
        var record = Steps.step(1, 3, Tally.NONE);
        float[] states = record.observation().states().get("arm");
        float before = states[0];
        monitor.onStep(record);
        states[0] = -1000;
        Arrays.fill(record.observation().images().get("front").rgb(), (byte) 0);
        JsonNode obs = json(get("/api/obs")).at("/payload/obs");
        assertEquals(before, obs.at("/states/arm/0").floatValue());
        byte[] jpeg = Base64.getDecoder().decode(obs.at("/images/front/jpeg_b64").asText());
        assertTrue((ImageIO.read(new ByteArrayInputStream(jpeg)).getRGB(300, 10) & 0xffffff) > 0x202020);
    }

    @Test
    void tellsTheOperatorsVerdict() throws Exception {
        monitor.onStep(Steps.last(1, 9, Phase.STOPPED, Tally.NONE, Ending.STOPPED, true));
        JsonNode payload = json(get("/api/obs")).get("payload");
        assertEquals("stopped", payload.get("phase").asText());
        assertEquals("{\"user_stop\":true,\"success\":true}", payload.get("info").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"cmd\":\"stop\",\"success\":true}", "{\"cmd\":\"stop\",\"success\":false}",
        "{\"cmd\":\"stop\",\"success\":null}", "{\"cmd\":\"stop\"}",
        " {\"success\": true, \"cmd\": \"stop\", \"x\": 1} "
    })
    void stops(String command) throws Exception {
        HttpResponse<String> answer = post("/api/command", command);
        assertEquals(200, answer.statusCode());
        assertEquals("{\"ok\":true}", answer.body());
        assertEquals("application/json; charset=utf-8", header(answer, "Content-Type"));
        assertTrue(panel.status().stopRequested());
        assertTrue(json(get("/api/obs")).at("/status/stop_requested").asBoolean());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"yes\"", "1", "[]", "{}", "0.5"})
    void takesNoVerdictOfAnotherType(String success) throws Exception {
        HttpResponse<String> answer = post("/api/command", "{\"cmd\":\"stop\",\"success\":" + success + "}");
        assertEquals(200, answer.statusCode());
        assertEquals("{\"ok\":true}", answer.body());
        assertEquals(new Status(true, false, false), panel.status());
    }

    @Test
    void resets() throws Exception {
        HttpResponse<String> answer = post("/api/command", "{\"cmd\":\"reset\"}");
        assertEquals(200, answer.statusCode());
        assertEquals("{\"ok\":true}", answer.body());
        assertFalse(panel.status().waitingReset());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "{}", "null", "[]", "\"stop\"", "stop", "{\"cmd\":\"stop\"", "{\"cmd\":\"STOP\"}", "{\"cmd\":null}",
        "{\"cmd\":\"stop\"} {}", "{\"cmd\":[\"stop\"]}", "{\"command\":\"stop\"}"
    })
    void refusesOtherCommands(String command) throws Exception {
        HttpResponse<String> answer = post("/api/command", command);
        assertEquals(400, answer.statusCode());
        assertEquals("{\"error\":\"bad_command\"}", answer.body());
        assertEquals(new Status(true, false, false), panel.status());
    }

    @Test
    void refusesAHugeBody() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", monitor.port())) {
            socket.setSoTimeout(5000);
            OutputStream out = socket.getOutputStream();
            out.write(("POST /api/command HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n{")
                    .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            InputStream in = socket.getInputStream();
            assertEquals("HTTP/1.1 413", new String(in.readNBytes(12), StandardCharsets.US_ASCII));
        }
        assertFalse(panel.status().stopRequested());
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, http://evil.example, 403",
        "127.0.0.1, 'null', 403",
        "127.0.0.1:9000, http://127.0.0.1:8000, 403",
        "127.0.0.1:9000, http://127.0.0.1:9000, 200",
        "evil.example:9000, http://evil.example:9000, 403",
        "evil.example, , 403",
        "localhost:9000, http://localhost:9000, 200",
        "[::1]:9000, http://[::1]:9000, 200",
        "robot:9000, http://robot:9000, 200",
        "robot.local, https://robot.local, 200",
    })
    void keepsForeignPagesOut(String host, String origin, int status) throws Exception {
        String body = "{\"cmd\":\"stop\"}";
        String request = "POST /api/command HTTP/1.1\r\nHost: " + host + "\r\n"
                + (origin == null ? "" : "Origin: " + origin + "\r\n")
                + "Connection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        try (Socket socket = new Socket("127.0.0.1", monitor.port())) {
            socket.setSoTimeout(5000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
            assertEquals("HTTP/1.1 " + status, answer);
        }
        assertEquals(status == 200, panel.status().stopRequested());
    }

    @Test
    void saysWhenThePortIsTaken() {
        MonitorServer second = new MonitorServer("127.0.0.1", monitor.port(), panel);
        IOException refused = assertThrows(IOException.class, second::start);
        assertEquals(
                "cannot open the monitor on 127.0.0.1:" + monitor.port()
                        + ": the port is in use, perhaps by another run; choose another with --monitor-port",
                refused.getMessage());
        second.close();
    }

    @ParameterizedTest
    @CsvSource({
        "nowhere.invalid, 'there is no such host; 0.0.0.0 for --monitor-host means everywhere'",
        "192.0.2.1, 'this machine has no such address; 0.0.0.0 for --monitor-host means everywhere'",
    })
    void saysWhenTheAddressIsWrong(String host, String reason) {
        IOException refused = assertThrows(IOException.class, new MonitorServer(host, 0, panel)::start);
        assertEquals("cannot open the monitor on " + host + ":0: " + reason, refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, http://127.0.0.1:9000", "::, http://127.0.0.1:9000", "127.0.0.1, http://127.0.0.1:9000",
        "robot, http://robot:9000", "::1, http://[::1]:9000"
    })
    void givesAnAddressThatABrowserOpens(String host, String url) {
        try (MonitorServer server = new MonitorServer(host, 9000, panel)) {
            assertEquals(url, server.url());
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(monitor.url() + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(request(path));
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return send(request(path).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse(null);
    }

    private static JsonNode json(HttpResponse<String> answer) throws IOException {
        return new ObjectMapper().readTree(answer.body());
    }
}
