package sinew.runtime.monitor;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/// The page's files, from the class path: our own from module webui, uPlot from its WebJar.
///
/// Browsers ask every time whether a file is still the same, so that a page never mixes two versions.
final class StaticFiles {
    static final String PREFIX = "/static/";

    private static final String OWN = "/sinew/webui/";
    private static final String LIBRARY = "lib/uplot/";
    private static final String UPLOT_POM = "/META-INF/maven/org.webjars.npm/uplot/pom.properties";
    private static final Pattern PLAIN_PATH = Pattern.compile("([A-Za-z0-9_-]+/)*[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)+");
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");

    private final String uplot = "/META-INF/resources/webjars/uplot/" + uplotVersion() + "/dist/";
    private final Map<String, File> loaded = new ConcurrentHashMap<>();

    private record File(byte[] content, String type, String tag) {}

    /// Answers with the file `index.html` or `/static/...`; false when there is none.
    boolean answer(HttpServerExchange exchange, String path) {
        File file = PLAIN_PATH.matcher(path).matches() ? loaded.computeIfAbsent(path, this::load) : null;
        if (file == null) {
            return false;
        }
        exchange.getResponseHeaders()
                .put(Headers.CACHE_CONTROL, "no-cache")
                .put(Headers.ETAG, file.tag());
        if (file.tag().equals(exchange.getRequestHeaders().getFirst(Headers.IF_NONE_MATCH))) {
            exchange.setStatusCode(StatusCodes.NOT_MODIFIED).endExchange();
            return true;
        }
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, file.type());
        exchange.getResponseSender().send(ByteBuffer.wrap(file.content()));
        return true;
    }

    private File load(String path) {
        String type = TYPES.get(path.substring(path.lastIndexOf('.') + 1));
        String resource = path.startsWith(LIBRARY) ? uplot + path.substring(LIBRARY.length()) : OWN + path;
        try (InputStream in = StaticFiles.class.getResourceAsStream(resource)) {
            if (in == null || type == null) {
                return null;
            }
            byte[] content = in.readAllBytes();
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return new File(content, type, '"' + HexFormat.of().formatHex(digest, 0, 8) + '"');
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + resource + " from the class path", e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    private static String uplotVersion() {
        try (InputStream in = StaticFiles.class.getResourceAsStream(UPLOT_POM)) {
            if (in == null) {
                throw new IllegalStateException("uPlot's WebJar is not on the class path: " + UPLOT_POM);
            }
            Properties pom = new Properties();
            pom.load(in);
            return pom.getProperty("version");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + UPLOT_POM, e);
        }
    }
}
