package sinew.runtime.cli;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/// What the libraries must be told before they are loaded.
final class Libraries {
    // java.util.logging forgets the level of a logger that nobody holds
    private static final List<Logger> CHATTY = List.of(
            Logger.getLogger("io.undertow"), Logger.getLogger("org.xnio"), Logger.getLogger("org.jboss.threads"),
            Logger.getLogger("dev.hardwood"));

    private Libraries() {}

    static void settle() {
        for (Logger logger : CHATTY) {
            logger.setLevel(Level.WARNING); // no word about starting and stopping
        }
        // msgpack-core would use sun.misc.Unsafe, about which the JVM warns every user
        System.setProperty("msgpack.universal-buffer", "true");
    }
}
