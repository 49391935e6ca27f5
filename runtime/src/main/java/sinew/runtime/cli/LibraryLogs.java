package sinew.runtime.cli;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/// Keeps the libraries' chatter about starting and stopping off the console; warnings stay.
final class LibraryLogs {
    // java.util.logging forgets the level of a logger that nobody holds
    private static final List<Logger> CHATTY =
            List.of(Logger.getLogger("io.undertow"), Logger.getLogger("org.xnio"), Logger.getLogger("org.jboss.threads"));

    private LibraryLogs() {}

    static void quiet() {
        for (Logger logger : CHATTY) {
            logger.setLevel(Level.WARNING);
        }
    }
}
