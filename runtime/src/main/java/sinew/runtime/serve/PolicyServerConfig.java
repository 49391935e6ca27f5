package sinew.runtime.serve;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/// How a policy server listens.
///
/// @param host            address to bind
/// @param port            TCP port, 0 for any free one
/// @param apiKey          what clients must send as `Authorization: Api-Key ...`, or null for no check
/// @param maxMessageBytes largest message taken; a larger one ends its connection with code 1009
/// @param maxConnections  clients at once; more are refused with HTTP 503
/// @param keepAlive       how often clients are pinged; one that answers none of two is dropped; zero for never
/// @param actionSteps     rows of each chunk to send, or 0 for all that the policy gives
/// @param renames         camera or state names by their path in the request, for clients with names of their own
public record PolicyServerConfig(
        String host,
        int port,
        String apiKey,
        int maxMessageBytes,
        int maxConnections,
        Duration keepAlive,
        int actionSteps,
        Map<String, String> renames) {

    public PolicyServerConfig {
        Objects.requireNonNull(keepAlive, "keepAlive");
        renames = Map.copyOf(renames);
        if (host == null || host.isBlank()) {
            throw new IllegalArgumentException("the address to listen at is empty");
        }
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " is not between 0 and 65535");
        }
        if (apiKey != null && apiKey.isBlank()) {
            throw new IllegalArgumentException("the API key is empty");
        }
        if (maxMessageBytes < 1024 || maxConnections < 1 || actionSteps < 0 || keepAlive.isNegative()) {
            throw new IllegalArgumentException("a limit of the server is too small: " + maxMessageBytes + " bytes, "
                    + maxConnections + " connections, " + actionSteps + " action steps, keep-alive " + keepAlive);
        }
    }

    /// The defaults: no key, 64 MiB per message, 16 clients, a ping every 20 s, whole chunks.
    public static PolicyServerConfig of(String host, int port) {
        return new PolicyServerConfig(host, port, null, 64 << 20, 16, Duration.ofSeconds(20), 0, Map.of());
    }

    public PolicyServerConfig withApiKey(String key) {
        return new PolicyServerConfig(host, port, key, maxMessageBytes, maxConnections, keepAlive, actionSteps,
                renames);
    }

    public PolicyServerConfig withMaxMessageBytes(int bytes) {
        return new PolicyServerConfig(host, port, apiKey, bytes, maxConnections, keepAlive, actionSteps, renames);
    }

    public PolicyServerConfig withMaxConnections(int count) {
        return new PolicyServerConfig(host, port, apiKey, maxMessageBytes, count, keepAlive, actionSteps, renames);
    }

    public PolicyServerConfig withKeepAlive(Duration every) {
        return new PolicyServerConfig(host, port, apiKey, maxMessageBytes, maxConnections, every, actionSteps, renames);
    }

    public PolicyServerConfig withActionSteps(int rows) {
        return new PolicyServerConfig(host, port, apiKey, maxMessageBytes, maxConnections, keepAlive, rows, renames);
    }

    public PolicyServerConfig withRenames(Map<String, String> names) {
        return new PolicyServerConfig(host, port, apiKey, maxMessageBytes, maxConnections, keepAlive, actionSteps,
                names);
    }
}
