package sinew.runtime.serve;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.websockets.WebSocketConnectionCallback;
import io.undertow.websockets.WebSocketProtocolHandshakeHandler;
import io.undertow.websockets.core.protocol.Handshake;
import io.undertow.websockets.core.protocol.version13.Hybi13Handshake;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/// What happens before a connection is a WebSocket: the health check, the API key, the upgrade.
final class HttpFront implements HttpHandler {
    private static final HttpString WEBSOCKET_VERSION = new HttpString("Sec-WebSocket-Version");
    private static final String KEY_PREFIX = "Api-Key ";
    private static final String UPGRADE_NEEDED = """
            This is a policy server: it speaks WebSocket (version 13) with MessagePack messages.

            A browser cannot talk to it. Connect a policy client, for instance: sinew run --env.task lift
            """;

    private final byte[] apiKey;
    private final Supplier<String> refusal;
    private final HttpHandler upgrade;

    /// @param apiKey  null for no check
    /// @param refusal why no connection is taken just now, or null when one is
    HttpFront(String apiKey, Supplier<String> refusal, WebSocketConnectionCallback connected) {
        this.apiKey = apiKey == null ? null : apiKey.getBytes(StandardCharsets.UTF_8);
        this.refusal = refusal;
        // Neither extensions nor subprotocols: the Python clients offer none and could not undo a compression.
        List<Handshake> handshakes = List.of(new Hybi13Handshake(Set.of(), false));
        this.upgrade = new WebSocketProtocolHandshakeHandler(handshakes, connected, HttpFront::upgradeNeeded);
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        if (!exchange.getRequestMethod().equals(Methods.GET)) {
            exchange.getResponseHeaders().put(Headers.ALLOW, "GET");
            answer(exchange, 405, "Only GET is understood here.\n");
        } else if (exchange.getRequestURI().equals("/healthz") && exchange.getQueryString().isEmpty()) {
            answer(exchange, 200, "OK\n");
        } else if (!asksForWebSocket(exchange)) {
            upgradeNeeded(exchange);
        } else if (!authorised(exchange)) {
            exchange.getResponseHeaders().put(Headers.WWW_AUTHENTICATE, "Api-Key");
            answer(exchange, 401, "This server wants an API key: send the header 'Authorization: Api-Key <key>'.\n");
        } else if (refusal.get() instanceof String reason) {
            answer(exchange, 503, reason + "\n");
        } else {
            upgrade.handleRequest(exchange);
        }
    }

    private static boolean asksForWebSocket(HttpServerExchange exchange) {
        return "websocket".equalsIgnoreCase(exchange.getRequestHeaders().getFirst(Headers.UPGRADE))
                && exchange.getRequestHeaders().contains(Headers.SEC_WEB_SOCKET_KEY);
    }

    private boolean authorised(HttpServerExchange exchange) {
        if (apiKey == null) {
            return true;
        }
        String header = exchange.getRequestHeaders().getFirst(Headers.AUTHORIZATION);
        if (header == null || !header.startsWith(KEY_PREFIX)) {
            return false;
        }
        byte[] given = header.substring(KEY_PREFIX.length()).getBytes(StandardCharsets.UTF_8);
        // Takes the same time wherever the keys differ.
        return MessageDigest.isEqual(apiKey, given);
    }

    private static void upgradeNeeded(HttpServerExchange exchange) {
        exchange.getResponseHeaders().put(Headers.UPGRADE, "websocket");
        exchange.getResponseHeaders().put(WEBSOCKET_VERSION, "13");
        answer(exchange, 426, UPGRADE_NEEDED);
    }

    private static void answer(HttpServerExchange exchange, int status, String body) {
        exchange.setStatusCode(status);
        exchange.setPersistent(false);
        exchange.getResponseHeaders().put(Headers.CONNECTION, "close");
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/plain; charset=utf-8");
        exchange.getResponseSender().send(body, StandardCharsets.UTF_8);
    }
}
