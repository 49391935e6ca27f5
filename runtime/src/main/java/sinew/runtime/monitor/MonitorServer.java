package sinew.runtime.monitor;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.websockets.WebSocketConnectionCallback;
import io.undertow.websockets.WebSocketProtocolHandshakeHandler;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import sinew.runtime.control.OperatorPanel;
import sinew.runtime.control.StepListener;
import sinew.runtime.control.StepRecord;

/// The web page that shows a run and lets an operator stop and reset it.
///
/// Serves the page, the HTTP API of the Python system (`/api/obs`, `/api/command`) and a live feed on `/ws`:
/// see [FrameMessage] and [TelemetryJson] for its messages, [Watcher] for its pace. There are no accounts: whoever
/// reaches the port can watch and stop the robot, but web pages from elsewhere cannot, see [SameSite].
public final class MonitorServer implements StepListener, AutoCloseable {
    /// What is read and thrown away at most; the command has a cap of its own.
    private static final long MAX_BODY_BYTES = 1024 * 1024;
    private static final int MAX_HEADER_BYTES = 16 * 1024;
    private static final int PARSE_TIMEOUT_MS = 10_000;

    private final String host;
    private final int port;
    private final MonitorFeed feed;
    private final Undertow server;
    private volatile boolean started;
    private boolean closed;

    /// @param host where to listen: an address, a name, or `0.0.0.0` for everywhere
    /// @param port 0 for any free one
    public MonitorServer(String host, int port, OperatorPanel panel) {
        this.host = host;
        this.port = port;
        feed = new MonitorFeed(panel);
        WebSocketProtocolHandshakeHandler webSocket = new WebSocketProtocolHandshakeHandler(
                (WebSocketConnectionCallback) (exchange, channel) -> feed.join(channel), MonitorApi::notFound);
        server = Undertow.builder()
                .addHttpListener(port, host)
                .setDirectBuffers(false)
                .setIoThreads(1)
                .setWorkerThreads(1)
                .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, MAX_BODY_BYTES)
                .setServerOption(UndertowOptions.MAX_HEADER_SIZE, MAX_HEADER_BYTES)
                .setServerOption(UndertowOptions.REQUEST_PARSE_TIMEOUT, PARSE_TIMEOUT_MS)
                .setHandler(new MonitorApi(panel, feed, new SameSite(host), webSocket))
                .build();
    }

    /// Opens the port.
    ///
    /// @throws IOException when that is not possible, with what to do in the message
    public synchronized void start() throws IOException {
        try {
            server.start();
            started = true;
        } catch (RuntimeException e) {
            feed.close();
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException("cannot open the monitor on " + host + ":" + port + ": " + reason(cause), cause);
        }
    }

    private static String reason(Throwable cause) {
        String words = String.valueOf(cause.getMessage());
        if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
            return "there is no such host; 0.0.0.0 for --monitor-host means everywhere";
        }
        if (cause instanceof BindException && words.contains("in use")) {
            return "the port is in use, perhaps by another run; choose another with --monitor-port";
        }
        if (cause instanceof BindException && words.contains("assign")) {
            return "this machine has no such address; 0.0.0.0 for --monitor-host means everywhere";
        }
        return words;
    }

    /// The port that is really open.
    public int port() {
        return started ? address().getPort() : port;
    }

    /// What to open in a browser on this machine; never `0.0.0.0`, which no browser likes.
    public String url() {
        String name = switch (host) {
            case "", "0.0.0.0", "::", "[::]" -> "127.0.0.1";
            default -> host;
        };
        boolean bareIpv6 = name.indexOf(':') >= 0 && !name.startsWith("[");
        return "http://" + (bareIpv6 ? "[" + name + "]" : name) + ":" + port();
    }

    @Override
    public void onStep(StepRecord record) {
        feed.onStep(record);
    }

    /// Says goodbye to the browsers and closes the port; harmless when repeated.
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        feed.close();
        if (started) {
            server.stop();
        }
    }

    private InetSocketAddress address() {
        return (InetSocketAddress) server.getListenerInfo().getFirst().getAddress();
    }
}
