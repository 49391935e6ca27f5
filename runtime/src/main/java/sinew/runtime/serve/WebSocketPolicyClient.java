package sinew.runtime.serve;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.WebSocketHandshakeException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import sinew.engine.policy.ActionPrefix;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.wire.ProtocolException;
import sinew.runtime.wire.Wire;

/// The policy server at the other end of a WebSocket, as `env_client` talks to it: metadata first, then
/// one request at a time. Works with Sinew's server, with the Python servers and with openpi's
/// (whose servers know no reset).
///
/// Requests come from one thread at a time; [#close] may come from any, and ends a request that waits.
public final class WebSocketPolicyClient implements PolicyClient {
    private static final Duration FIRST_BACK_OFF = Duration.ofMillis(250);

    private final PolicyClientConfig config;
    private final ConnectionEvents events;
    private final HttpClient http;
    private volatile WebSocketLink link;
    private volatile boolean closed;
    private Map<String, Object> metadata = Map.of();

    private WebSocketPolicyClient(PolicyClientConfig config, ConnectionEvents events) {
        this.config = Objects.requireNonNull(config, "config");
        this.events = Objects.requireNonNull(events, "events");
        this.http = HttpClient.newBuilder()
                .proxy(HttpClient.Builder.NO_PROXY)
                .connectTimeout(config.openTimeout())
                .build();
    }

    /// Waits for the server and opens a connection. While nobody listens at the address it tries again
    /// every `retryEvery`; any other failure ends it.
    ///
    /// @throws PolicyClientException names the address and the reason; also when interrupted
    public static WebSocketPolicyClient connect(PolicyClientConfig config, ConnectionEvents events) {
        WebSocketPolicyClient client = new WebSocketPolicyClient(config, events);
        try {
            client.awaitServer();
            return client;
        } catch (RuntimeException e) {
            client.close();
            throw e;
        }
    }

    /// Opens a new connection in place of one that was lost, with growing pauses up to `retryEvery`.
    /// The server's session is a new one: reset state is lost with the old connection.
    ///
    /// @param maxWait how long to try
    /// @throws PolicyClientException when the server did not come back in time
    public void reconnect(Duration maxWait) {
        if (link != null) {
            link.abort("given up for a new connection");
        }
        long deadline = System.nanoTime() + maxWait.toNanos();
        Duration pause = FIRST_BACK_OFF;
        while (true) {
            try {
                open();
                return;
            } catch (PolicyClientException e) {
                boolean late = System.nanoTime() + pause.toNanos() > deadline;
                if (!e.connectionLost() || late || closed || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                events.retrying(config.displayAddress(), e.getMessage(), pause);
                sleep(pause);
            }
            Duration longer = pause.multipliedBy(2);
            pause = longer.compareTo(config.retryEvery()) < 0 ? longer : config.retryEvery();
        }
    }

    /// True while the connection stands.
    public boolean isConnected() {
        return link != null && link.isOpen();
    }

    @Override
    public Map<String, Object> metadata() {
        return metadata;
    }

    @Override
    public void reset() {
        exchange(Requests.RESET, "Error in inference server on reset:\n");
    }

    /// True when the server takes the seed of an episode's noise (Sinew's `reset_seed` extension).
    public boolean canSeed() {
        return Boolean.TRUE.equals(metadata.get("reset_seed"));
    }

    /// Starts a new episode whose noise is that of a seed. Only where [#canSeed].
    public void reset(long seed) {
        if (!canSeed()) {
            throw new IllegalStateException("this server takes no seed");
        }
        exchange(Requests.reset(seed), "Error in inference server on reset:\n");
    }

    @Override
    public Inference infer(EnvObservation observation) {
        return infer(observation, ActionPrefix.NONE);
    }

    @Override
    public int prefixRows() {
        return metadata.get("action_prefix") instanceof Number rows ? Math.max(0, rows.intValue()) : 0;
    }

    @Override
    public Inference infer(EnvObservation observation, ActionPrefix prefix) {
        if (prefix.next().length > prefixRows() || !prefix.isEmpty() && prefixRows() == 0) {
            throw new PolicyClientException("The policy server at " + config.displayAddress() + " takes "
                    + (prefixRows() == 0 ? "no actions" : "at most " + prefixRows() + " actions")
                    + " that are already decided, not " + prefix.next().length + ".", false, null);
        }
        Map<String, Object> request = Requests.infer(observation);
        Requests.addPrefix(request, prefix);
        long start = System.nanoTime();
        Object answer = exchange(request, "Error in inference server:\n");
        if (!(answer instanceof Map<?, ?> map)) {
            throw Answers.bad("is no map");
        }
        float[][] actions = Answers.chunk(map);
        double roundTripMs = (System.nanoTime() - start) / 1e6;
        return new Inference(actions, Answers.timing(map, "infer_ms"), Answers.timing(map, "prev_total_ms"),
                roundTripMs);
    }

    /// True when the server's metadata says `observe`, which is Sinew's extension.
    @Override
    public boolean canObserve() {
        return Boolean.TRUE.equals(metadata.get("observe"));
    }

    @Override
    public void observe(EnvObservation observation) {
        if (!canObserve()) {
            throw new IllegalStateException("this server takes no observations without predicting");
        }
        Map<String, Object> request = Requests.infer(observation);
        request.put("observe", true);
        exchange(request, "Error in inference server:\n");
    }

    @Override
    public void close() {
        closed = true;
        WebSocketLink open = link;
        if (open != null) {
            open.close();
        }
        http.shutdownNow();
    }

    private void awaitServer() {
        events.waiting(config.displayAddress());
        long start = System.nanoTime();
        while (true) {
            try {
                open();
                return;
            } catch (PolicyClientException e) {
                if (!(e.getCause() instanceof ConnectException refused) || isUnresolved(refused)) {
                    throw e;
                }
                Duration waited = Duration.ofNanos(System.nanoTime() - start);
                if (config.maxWait() != null && waited.plus(config.retryEvery()).compareTo(config.maxWait()) > 0) {
                    throw new PolicyClientException("No policy server at " + config.displayAddress() + " after waiting "
                            + config.maxWait().toSeconds() + " s. Start one with: sinew serve --policy.path ...", true,
                            refused);
                }
                events.retrying(config.displayAddress(), "Connection refused", config.retryEvery());
                sleep(config.retryEvery());
            }
        }
    }

    /// One attempt: handshake and metadata.
    private void open() {
        if (closed) {
            throw new PolicyClientException("The client was closed.", false, null);
        }
        String address = config.displayAddress();
        try {
            WebSocketLink fresh = WebSocketLink.open(
                    http, config.connectAddress(), config.apiKey(), config.openTimeout(), config.maxMessageBytes());
            link = fresh;
            Object greeting = receive(fresh, "Error in inference server:\n");
            metadata = metadataOf(greeting);
            events.connected(address);
        } catch (ExecutionException e) {
            throw refused(address, e.getCause());
        } catch (TimeoutException e) {
            throw new PolicyClientException(
                    "No answer from " + address + " within " + config.openTimeout().toSeconds() + " s.", true, e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static PolicyClientException refused(String address, Throwable cause) {
        if (cause instanceof WebSocketHandshakeException handshake) {
            int status = handshake.getResponse().statusCode();
            String why = switch (status) {
                case 401, 403 -> "The server at " + address + " wants another API key (HTTP " + status + ").";
                default -> "There is no policy server at " + address + ": it answered HTTP " + status + ".";
            };
            return new PolicyClientException(why, false, cause);
        }
        if (isUnresolved(cause)) {
            return new PolicyClientException("There is no host of the name in " + address + ".", false, cause);
        }
        String what = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        if (cause instanceof ConnectException) {
            what = "connection refused";
        }
        return new PolicyClientException("Cannot connect to " + address + ": " + what + ".", true, cause);
    }

    private static boolean isUnresolved(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof UnresolvedAddressException) {
                return true;
            }
        }
        return false;
    }

    private static Map<String, Object> metadataOf(Object greeting) {
        if (!(greeting instanceof Map<?, ?> map)) {
            throw new PolicyClientException("The server's first message is no metadata map.", false, null);
        }
        Map<String, Object> named = new java.util.LinkedHashMap<>();
        map.forEach((key, value) -> named.put((String) key, value));
        return java.util.Collections.unmodifiableMap(named);
    }

    private Object exchange(Map<String, Object> request, String errorPrefix) {
        WebSocketLink open = link;
        try {
            open.send(Wire.encode(request), config.requestTimeout());
            return receive(open, errorPrefix);
        } catch (IOException e) {
            open.abort(e.getMessage());
            throw new PolicyClientException("Lost the policy server at " + config.displayAddress() + ": "
                    + e.getMessage() + ".", true, e);
        } catch (InterruptedException e) {
            open.abort("interrupted");
            throw interrupted(e);
        }
    }

    private Object receive(WebSocketLink from, String errorPrefix) throws InterruptedException {
        return switch (from.receive(config.requestTimeout())) {
            case WebSocketLink.Incoming.Binary(byte[] bytes) -> decode(bytes);
            case WebSocketLink.Incoming.Text(String text) ->
                    throw new PolicyClientException(errorPrefix + text, false, null);
            case WebSocketLink.Incoming.Gone(String reason) -> throw new PolicyClientException(
                    "Lost the policy server at " + config.displayAddress() + ": " + reason + ".", true, null);
            case null -> {
                // A late answer would be taken for the next request's: this connection is of no more use.
                from.abort("no answer in time");
                throw new PolicyClientException("No answer from the policy server at " + config.displayAddress()
                        + " within " + config.requestTimeout().toSeconds() + " s.", true, null);
            }
        };
    }

    private static Object decode(byte[] bytes) {
        try {
            return Wire.decode(bytes);
        } catch (ProtocolException e) {
            throw new PolicyClientException("The server's answer cannot be read: " + e.getMessage() + ".", false, e);
        }
    }

    private void sleep(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static PolicyClientException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new PolicyClientException("Interrupted while waiting for the policy server.", true, e);
    }
}
