package sinew.runtime.serve;

import java.net.URI;
import java.time.Duration;
import java.util.Objects;

/// Where the policy server is and how patiently to talk to it.
///
/// @param host            a name or address, or a whole `ws://` or `wss://` address, which is then used as it is
/// @param port            TCP port, 1 to 65535
/// @param apiKey          sent as `Authorization: Api-Key ...`, or null for none
/// @param retryEvery      pause between attempts while the server is not there yet
/// @param maxWait         give up waiting for the server after this time; null waits for ever, as Python does
/// @param openTimeout     for TCP and the handshake
/// @param requestTimeout  for an answer; also for the metadata after the handshake
/// @param maxMessageBytes largest message taken from the server
public record PolicyClientConfig(
        String host,
        int port,
        String apiKey,
        Duration retryEvery,
        Duration maxWait,
        Duration openTimeout,
        Duration requestTimeout,
        int maxMessageBytes) {

    public PolicyClientConfig {
        Objects.requireNonNull(retryEvery, "retryEvery");
        Objects.requireNonNull(openTimeout, "openTimeout");
        Objects.requireNonNull(requestTimeout, "requestTimeout");
        if (host == null || host.isBlank()) {
            throw new IllegalArgumentException("the server's host is empty");
        }
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " is not between 1 and 65535");
        }
        if (host.startsWith("http://") || host.startsWith("https://")) {
            throw new IllegalArgumentException("the server speaks WebSocket: write ws:// or wss:// instead of " + host);
        }
        if (!isAddress(host) && host.indexOf(':') > 0 && host.indexOf(':') == host.lastIndexOf(':')) {
            throw new IllegalArgumentException("give the port apart from the host, got '" + host + "'");
        }
        address(host, port, false);
    }

    /// The defaults: retry every 5 s for ever, 10 s to open, 2 min for an answer, 64 MiB per message.
    public static PolicyClientConfig of(String host, int port) {
        return new PolicyClientConfig(
                host, port, null, Duration.ofSeconds(5), null, Duration.ofSeconds(10), Duration.ofMinutes(2), 64 << 20);
    }

    public PolicyClientConfig withApiKey(String key) {
        return new PolicyClientConfig(host, port, key, retryEvery, maxWait, openTimeout, requestTimeout,
                maxMessageBytes);
    }

    /// @param limit null waits for ever
    public PolicyClientConfig withMaxWait(Duration limit) {
        return new PolicyClientConfig(host, port, apiKey, retryEvery, limit, openTimeout, requestTimeout,
                maxMessageBytes);
    }

    public PolicyClientConfig withRetryEvery(Duration pause) {
        return new PolicyClientConfig(host, port, apiKey, pause, maxWait, openTimeout, requestTimeout, maxMessageBytes);
    }

    public PolicyClientConfig withRequestTimeout(Duration limit) {
        return new PolicyClientConfig(host, port, apiKey, retryEvery, maxWait, openTimeout, limit, maxMessageBytes);
    }

    /// The address as the user wrote it, for messages: `ws://0.0.0.0:8000`.
    public String displayAddress() {
        return isAddress(host) ? host : "ws://" + bracketed(host) + ":" + port;
    }

    /// The address to connect to: the wildcard addresses mean this machine.
    URI connectAddress() {
        return address(host, port, true);
    }

    private static URI address(String host, int port, boolean resolveWildcard) {
        String text;
        if (isAddress(host)) {
            text = host;
        } else {
            String target = switch (host) {
                case "0.0.0.0" -> resolveWildcard ? "127.0.0.1" : host;
                case "::", "[::]" -> resolveWildcard ? "::1" : host;
                default -> host;
            };
            text = "ws://" + bracketed(target) + ":" + port;
        }
        try {
            URI uri = URI.create(text);
            if (uri.getHost() == null) {
                throw new IllegalArgumentException("'" + host + "' is no host name");
            }
            return uri;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + host + "' is no host name or ws:// address", e);
        }
    }

    private static boolean isAddress(String host) {
        return host.startsWith("ws://") || host.startsWith("wss://");
    }

    private static String bracketed(String host) {
        return host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
    }
}
