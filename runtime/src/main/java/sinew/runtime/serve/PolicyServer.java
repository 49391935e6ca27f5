package sinew.runtime.serve;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.spi.WebSocketHttpExchange;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.xnio.Options;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.policy.NoiseSource;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.wire.Wire;

/// Serves a policy over WebSocket to env_client's and openpi's clients; docs/protocol.md has the messages.
///
/// Every connection has its own session, observation history and random stream, and its own thread `policy-N`, on
/// which its requests are answered one after the other: so predictions of several clients share the policy's passes.
/// IO threads only move bytes, so pings are answered meanwhile.
public final class PolicyServer implements AutoCloseable {
    private final PolicyServerConfig config;
    private final Policy policy;
    private final LongFunction<NoiseSource> noise;
    private final SamplingOptions sampling;
    private final ServerEvents events;
    private final byte[] metadata;
    private final ObservationMapping mapping;
    private final Set<ServedConnection> connections = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService timer;
    private final Undertow undertow;
    private long nextNumber;
    private volatile boolean stopping;
    private int port;

    /// @param policy   belongs to the caller and must outlive the server
    /// @param noise    the random stream of connection 0, 1, ... in the order of their opening
    /// @param metadata sent to every client first, see [PolicyMetadata]
    public PolicyServer(
            PolicyServerConfig config,
            Policy policy,
            LongFunction<NoiseSource> noise,
            SamplingOptions sampling,
            Map<String, Object> metadata,
            ServerEvents events) {
        this.config = Objects.requireNonNull(config, "config");
        this.policy = Objects.requireNonNull(policy, "policy");
        this.noise = Objects.requireNonNull(noise, "noise");
        this.sampling = Objects.requireNonNull(sampling, "sampling");
        this.events = Objects.requireNonNull(events, "events");
        this.metadata = Wire.encode(metadata);
        this.mapping = new ObservationMapping(policy.spec(), config.renames());
        timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("serve-timer").factory());
        undertow = Undertow.builder()
                .addHttpListener(config.port(), config.host())
                .setIoThreads(1)
                .setWorkerThreads(1)
                .setWorkerOption(Options.THREAD_DAEMON, true)
                .setSocketOption(Options.TCP_NODELAY, true)
                .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, 0L)
                .setServerOption(UndertowOptions.MAX_HEADER_SIZE, 16 * 1024)
                .setServerOption(UndertowOptions.NO_REQUEST_TIMEOUT, 30_000)
                .setServerOption(UndertowOptions.REQUEST_PARSE_TIMEOUT, 10_000)
                .setHandler(new HttpFront(config.apiKey(), this::refusal, this::connected))
                .build();
    }

    /// Finds out early whether the address can be had, before a policy is loaded for it.
    ///
    /// @throws IOException says why not
    public static void requireFree(PolicyServerConfig config) throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(config.host(), config.port()));
        } catch (IOException e) {
            throw new IOException(cannotListen(config, e), e);
        }
    }

    /// Begins to listen.
    ///
    /// @throws IOException says why that address cannot be had
    public void start() throws IOException {
        try {
            undertow.start();
        } catch (RuntimeException e) {
            close();
            throw new IOException(cannotListen(config, e), e);
        }
        port = ((InetSocketAddress) undertow.getListenerInfo().getFirst().getAddress()).getPort();
        long everyMs = config.keepAlive().toMillis();
        if (everyMs > 0) {
            timer.scheduleAtFixedRate(
                    () -> connections.forEach(ServedConnection::keepAlive), everyMs, everyMs, TimeUnit.MILLISECONDS);
        }
    }

    /// The port that is listened at, also where the configuration left the choice.
    public int port() {
        return port;
    }

    /// Clients connected just now, and those gone whose last request is still being answered.
    public int connectionCount() {
        return connections.size();
    }

    /// Lets the predictions that run finish and be sent, then says goodbye to the clients (code 1001) and stops.
    ///
    /// @param drain the longest time for that
    public void stop(Duration drain) {
        stopping = true;
        connections.forEach(ServedConnection::shutDown);
        long deadline = System.nanoTime() + drain.toNanos();
        try {
            for (ServedConnection connection : connections) {
                connection.awaitEnd(deadline);
            }
            connections.forEach(ServedConnection::goAway);
            awaitNoConnections(Duration.ofSeconds(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        timer.shutdownNow();
        connections.forEach(ServedConnection::drop);
        undertow.stop();
    }

    @Override
    public void close() {
        stop(Duration.ofSeconds(5));
    }

    private void awaitNoConnections(Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!connections.isEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
    }

    private String refusal() {
        if (stopping) {
            return "The server is shutting down.";
        }
        return connections.size() < config.maxConnections()
                ? null
                : "All " + config.maxConnections() + " connections of this server are taken.";
    }

    /// On the IO thread.
    private void connected(WebSocketHttpExchange exchange, WebSocketChannel channel) {
        long number = nextNumber++;
        SessionRequests requests = new SessionRequests(
                mapping, config.actionSteps(), () -> policy.newSession(noise.apply(number), sampling),
                seed -> policy.newSession(new TorchRandom(seed), sampling));
        ServedConnection connection = new ServedConnection(number, channel, requests, timer, events, connections::remove);
        connections.add(connection);
        InetSocketAddress peer = channel.getSourceAddress();
        events.opened(number, peer.getAddress().getHostAddress() + ":" + peer.getPort());
        connection.start(metadata, config.maxMessageBytes());
    }

    private static String cannotListen(PolicyServerConfig config, Throwable e) {
        String address = config.host() + ":" + config.port();
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof BindException && String.valueOf(t.getMessage()).contains("in use")) {
                return "Cannot listen at " + address + ": the port is in use, probably by another server."
                        + " Stop it, or choose another port with --port.";
            }
            if (t instanceof BindException) {
                return "Cannot listen at " + address + ": " + t.getMessage() + ".";
            }
            if (t instanceof UnresolvedAddressException
                    || t instanceof SocketException && String.valueOf(t.getMessage()).startsWith("Unresolved")) {
                return "Cannot listen at " + address + ": there is no such host. Use 0.0.0.0 for every interface.";
            }
        }
        return "Cannot listen at " + address + ": " + e.getMessage() + ".";
    }
}
