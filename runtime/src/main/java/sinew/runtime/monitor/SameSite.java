package sinew.runtime.monitor;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// Keeps web pages from elsewhere away from the robot.
///
/// A browser lets any page post to any address, and a page whose own name is made to resolve to this machine
/// even counts as the same origin. So a browser's `Origin` must be the address it talks to, and that address
/// must be one that nobody can register: an IP address, `localhost`, a name without a dot, a name of the
/// local network, this machine's own name, or the name that the monitor was bound to. Programs send no `Origin`.
final class SameSite {
    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final List<String> LOCAL_SUFFIXES =
            List.of(".localhost", ".local", ".lan", ".home.arpa", ".internal");

    private final String boundName;
    private final String machineName;

    SameSite(String bindHost) {
        boundName = bindHost.toLowerCase(Locale.ROOT);
        machineName = machineName();
    }

    /// May this request be answered?
    boolean allows(HttpServerExchange exchange) {
        String host = exchange.getRequestHeaders().getFirst(Headers.HOST);
        String origin = exchange.getRequestHeaders().getFirst(Headers.ORIGIN);
        if (host == null) {
            return origin == null;
        }
        return trusted(host) && (origin == null || sameOrigin(origin, host));
    }

    private static boolean sameOrigin(String origin, String host) {
        return origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host);
    }

    boolean trusted(String hostAndPort) {
        String host = hostAndPort.toLowerCase(Locale.ROOT);
        if (host.startsWith("[")) {
            return host.indexOf(']') > 0;
        }
        int colon = host.indexOf(':');
        String name = colon < 0 ? host : host.substring(0, colon);
        return !name.isEmpty()
                && (name.indexOf('.') < 0
                        || IPV4.matcher(name).matches()
                        || LOCAL_SUFFIXES.stream().anyMatch(name::endsWith)
                        || name.equals(boundName)
                        || name.equals(machineName));
    }

    private static String machineName() {
        try {
            return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
