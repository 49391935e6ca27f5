package sinew.runtime.monitor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.undertow.io.Receiver;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import sinew.runtime.control.OperatorPanel;

/// The monitor's HTTP side: the page, its files, `GET /api/obs` and `POST /api/command`.
/// Paths match exactly; everything else is answered 404.
final class MonitorApi implements HttpHandler {
    private static final int MAX_WAITING_OBS = 32;
    private static final int MAX_COMMAND_BYTES = 4096;
    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final HttpString CONTENT_POLICY = new HttpString("Content-Security-Policy");
    private static final HttpString CONTENT_OPTIONS = new HttpString("X-Content-Type-Options");

    private final OperatorPanel panel;
    private final MonitorFeed feed;
    private final SameSite sameSite;
    private final HttpHandler webSocket;
    private final StaticFiles files = new StaticFiles();
    private final AtomicInteger waitingObs = new AtomicInteger();

    MonitorApi(OperatorPanel panel, MonitorFeed feed, SameSite sameSite, HttpHandler webSocket) {
        this.panel = panel;
        this.feed = feed;
        this.sameSite = sameSite;
        this.webSocket = webSocket;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        exchange.getResponseHeaders()
                .put(CONTENT_OPTIONS, "nosniff")
                .put(CONTENT_POLICY, "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'");
        String path = exchange.getRequestPath();
        boolean get = exchange.getRequestMethod().equals(Methods.GET);
        if (!sameSite.allows(exchange)) {
            error(exchange, StatusCodes.FORBIDDEN, "foreign_origin");
        } else if (!exchange.getQueryString().isEmpty()) {
            notFound(exchange);
        } else if (get && path.equals("/ws")) {
            webSocket.handleRequest(exchange);
        } else if (get && path.equals("/api/obs")) {
            obs(exchange);
        } else if (exchange.getRequestMethod().equals(Methods.POST) && path.equals("/api/command")) {
            receive(exchange);
        } else if (!get || !file(exchange, path)) {
            notFound(exchange);
        }
    }

    static void notFound(HttpServerExchange exchange) {
        error(exchange, StatusCodes.NOT_FOUND, "not_found");
    }

    private boolean file(HttpServerExchange exchange, String path) {
        if (path.equals("/") || path.equals("/index.html")) {
            return files.answer(exchange, "index.html");
        }
        return path.startsWith(StaticFiles.PREFIX)
                && files.answer(exchange, path.substring(StaticFiles.PREFIX.length()));
    }

    private void obs(HttpServerExchange exchange) {
        if (waitingObs.incrementAndGet() > MAX_WAITING_OBS) {
            waitingObs.decrementAndGet();
            error(exchange, StatusCodes.SERVICE_UNAVAILABLE, "busy");
            return;
        }
        exchange.dispatch(feed.monitorThread(), () -> {
            waitingObs.decrementAndGet();
            json(exchange, StatusCodes.OK, feed.obsJson());
        });
    }

    private void receive(HttpServerExchange exchange) {
        Receiver receiver = exchange.getRequestReceiver();
        receiver.setMaxBufferSize(MAX_COMMAND_BYTES);
        receiver.receiveFullBytes(this::command, MonitorApi::unreadable);
    }

    private void command(HttpServerExchange exchange, byte[] body) {
        JsonNode command;
        try {
            command = JSON.readTree(body);
        } catch (JsonProcessingException e) {
            command = JSON.missingNode();
        } catch (IOException e) {
            throw new AssertionError("an array can be read", e);
        }
        switch (command.path("cmd").asText()) {
            case "stop" -> stop(command.path("success"));
            case "reset" -> panel.reset();
            default -> {
                error(exchange, StatusCodes.BAD_REQUEST, "bad_command");
                return;
            }
        }
        feed.wake();
        json(exchange, StatusCodes.OK, JsonValues.object(json -> json.writeBooleanField("ok", true)));
    }

    /// A verdict of a wrong type does nothing, and is answered as the Python system did: ok.
    private void stop(JsonNode verdict) {
        if (verdict.isMissingNode() || verdict.isNull()) {
            panel.stop(null);
        } else if (verdict.isBoolean()) {
            panel.stop(verdict.booleanValue());
        }
    }

    private static void unreadable(HttpServerExchange exchange, IOException cause) {
        // A body above the cap; or the connection broke, and nobody reads the answer.
        error(exchange, StatusCodes.REQUEST_ENTITY_TOO_LARGE, "too_large");
    }

    private static void error(HttpServerExchange exchange, int status, String word) {
        json(exchange, status, JsonValues.object(json -> json.writeStringField("error", word)));
    }

    private static void json(HttpServerExchange exchange, int status, byte[] body) {
        exchange.setStatusCode(status);
        exchange.getResponseHeaders()
                .put(Headers.CONTENT_TYPE, "application/json; charset=utf-8")
                .put(Headers.CACHE_CONTROL, "no-store");
        exchange.setResponseContentLength(body.length);
        exchange.getResponseSender().send(ByteBuffer.wrap(body));
    }
}
